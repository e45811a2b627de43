"""Records as the wire shows them: for each serializer it is worked out once where every value is and how it is shown.

Django REST framework finds that out anew for every field of every record, and makes every serializer anew for every
call. That took more of a call than the database and all the rest together.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, Protocol, runtime_checkable

from django.db import models
from django.http import HttpRequest
from modeltranslation.manager import get_translatable_fields_for_model
from rest_framework import serializers

from gamopanda.api.language import read_text
from gamopanda.api.serializers import InstantField, NumberField


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom records are shown to: in a configured language, over a request that says where this installation is."""

    language: str
    request: HttpRequest

    def absolute(self, address: str) -> str:
        """Return an address of this installation as the reader can use it anywhere."""
        return self.request.build_absolute_uri(address)


Show = Callable[[Any, Reader], Any]
"""From a record to what the wire shows of it; decimals, instants, dates and ids are left to the renderer."""


@runtime_checkable
class ShowsItself(Protocol):
    """A field whose value is no attribute of the record, or depends on the reader."""

    def show(self, record: Any, reader: Reader, /) -> Any:
        """Return what the wire shows."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a serializer shows of a record: for each name on the wire, how to get there."""

    parts: dict[str, Show]

    def show(self, record: Any, reader: Reader) -> dict[str, Any]:
        """Return a record as the wire shows it."""
        return {name: show(record, reader) for name, show in self.parts.items()}

    def only(self, names: Collection[str]) -> "Shape":
        """Return the shape with just these parts, in its own order."""
        return Shape({name: show for name, show in self.parts.items() if name in names})


@cache
def kept_serializer(serializer_class: Any, *, is_admin: bool) -> Any:
    """Return a serializer that was made once: for looking at its fields, never for a body or an answer of its own."""
    return serializer_class(context={"is_admin": is_admin})


@cache
def shape_of(serializer_class: Any, *, is_admin: bool) -> Shape:
    """Return what a class of serializers shows; administrators may be shown more."""
    return _shape(kept_serializer(serializer_class, is_admin=is_admin))


def _shape(serializer: Any) -> Shape:
    return Shape({field.field_name: _part(field, serializer) for field in serializer._readable_fields})


def _part(field: Any, serializer: Any) -> Show:
    if isinstance(field, ShowsItself):
        return field.show
    if isinstance(field, serializers.SerializerMethodField):
        method = getattr(serializer, str(field.method_name))
        return lambda record, _reader: method(record)
    if isinstance(field, serializers.ListSerializer):
        return _many(_getter(field), _shape(field.child))
    if isinstance(field, serializers.Serializer):
        return _one(_getter(field), _shape(field))
    model = getattr(getattr(serializer, "Meta", None), "model", None)
    if model is not None and field.source in (get_translatable_fields_for_model(model) or ()):
        name = str(field.source)
        return lambda record, reader: read_text(record, model, name, reader.language)
    return _value(_getter(field), field)


def _getter(field: Any) -> Callable[[Any], Any]:
    """Return what finds the value of a field: an attribute, or a key where the record is a dictionary."""
    source = str(field.source)
    if isinstance(field, serializers.PrimaryKeyRelatedField):
        source = f"{source}_id"
    attribute = attrgetter(source)
    if isinstance(field.parent, serializers.ModelSerializer):
        return attribute
    return lambda record: record[source] if type(record) is dict else attribute(record)


def _many(find: Callable[[Any], Any], shape: Shape) -> Show:
    def show(record: Any, reader: Reader) -> list[dict[str, Any]]:
        found = find(record)
        return [shape.show(one, reader) for one in (found.all() if isinstance(found, models.Manager) else found)]

    return show


def _one(find: Callable[[Any], Any], shape: Shape) -> Show:
    def show(record: Any, reader: Reader) -> dict[str, Any] | None:
        found = find(record)
        return None if found is None else shape.show(found, reader)

    return show


# These show a value as the renderer writes it anyway.
_PLAIN: Sequence[type[serializers.Field[Any, Any, Any, Any]]] = (
    InstantField,
    NumberField,
    serializers.BooleanField,
    serializers.CharField,
    serializers.ChoiceField,
    serializers.DateField,
    serializers.DictField,
    serializers.IntegerField,
    serializers.ListField,
    serializers.PrimaryKeyRelatedField,
    serializers.UUIDField,
)


def _value(find: Callable[[Any], Any], field: Any) -> Show:
    convert = field.to_representation
    if any(convert.__func__ is plain.to_representation for plain in _PLAIN):
        return lambda record, _reader: find(record)

    def show(record: Any, _reader: Reader) -> Any:
        found = find(record)
        return None if found is None else convert(found)

    return show
