"""Records as the wire shows them: for each serializer it is worked out once where every value is and how it is shown.

Django REST framework finds that out anew for every field of every record, and makes every serializer anew for every
call. That took more of a call than the database and all the rest together.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any, Protocol, TypeVar, runtime_checkable

from django.db import models
from django.http import HttpRequest
from modeltranslation.manager import get_translatable_fields_for_model
from rest_framework import serializers

from gamopanda.api.language import read_text
from gamopanda.api.renderers import written
from gamopanda.api.serializers import DictionarySerializer, InstantField, NumberField


@dataclass(slots=True)
class Reader:
    """Whom records are shown to: in a configured language, over a request that says where this installation is."""

    language: str
    request: HttpRequest
    _absolute: dict[str, str] = field(default_factory=dict)

    def absolute(self, address: str) -> str:
        """Return an address of this installation as the reader can use it anywhere."""
        if address not in self._absolute:
            self._absolute[address] = self.request.build_absolute_uri(address)
        return self._absolute[address]


@dataclass(frozen=True, slots=True)
class Around:
    """What a serializer shows, when that is no record: an object of this class, with the record as an attribute.

    A serializer says so in its attribute `around`.
    """

    shown: type
    attribute: str

    def path_to(self, source: str) -> str:
        """Return where a source is: with the object itself, or else with its record."""
        return source if hasattr(self.shown, source.partition(".")[0]) else f"{self.attribute}.{source}"


Getter = Callable[..., Callable[[Any], Any]]
"""`attrgetter`, or `itemgetter` for records that are dictionaries."""
Show = Callable[[Any, Reader], Any]
"""From a record to what the wire shows of it; decimals, instants, dates and ids are left to the renderer."""
Worked = TypeVar("Worked")


@runtime_checkable
class ShowsItself(Protocol):
    """A field whose value is no attribute of the record, or depends on the reader; it may say that it `lasts`."""

    def show(self, record: Any, reader: Reader, /) -> Any:
        """Return what the wire shows."""


_KEPT = "_worked_out"
_MOST = 100


def keep(record: Any) -> None:
    """Let what is worked out of a record be kept with it: for records that never change as long as they are there."""
    setattr(record, _KEPT, {})


def worked_out(record: Any, key: Hashable, work_out: Callable[[], Worked]) -> Worked:
    """Return what `work_out` says of a record; of one that is kept it has to say it once for each key."""
    kept = record.__dict__.get(_KEPT)
    if kept is None:
        return work_out()
    try:
        return kept[key]  # type: ignore[no-any-return]
    except KeyError:
        found = work_out()
    # Days go by, and readers may reach this installation by many names.
    if len(kept) >= _MOST:
        kept.clear()
    kept[key] = found
    return found


@dataclass(frozen=True, slots=True)
class Part:
    """What a name on the wire shows: the path to an attribute, or a function.

    It `lasts` when it depends on nothing but the language and the record itself, or the one that `Around` is about.
    """

    get: str | Show
    lasts: bool


class Shape:
    """What a serializer shows of a record, by the names on the wire."""

    def __init__(self, parts: Mapping[str, Part], getter: Getter, around: Around | None) -> None:
        self.parts, self._getter, self._around = parts, getter, around
        self._whole = Picking(parts, getter)
        self._lasting = Picking({name: part for name, part in parts.items() if part.lasts}, getter)
        self._passing = Picking({name: part for name, part in parts.items() if not part.lasts}, getter)
        self._blank = dict.fromkeys(parts)

    def show(self, record: Any, reader: Reader) -> dict[str, Any]:
        """Return a record as the wire shows it; nothing that lasts is worked out twice for a record that is kept."""
        shown = self._blank.copy()
        owner = record if self._around is None else getattr(record, self._around.attribute)
        if isinstance(owner, models.Model) and _KEPT in owner.__dict__:
            shown.update(worked_out(owner, (self, reader.language), lambda: self._lasting.written(record, reader)))
            self._passing.pick(record, reader, shown)
        else:
            self._whole.pick(record, reader, shown)
        return shown

    def only(self, names: Collection[str]) -> "Shape":
        """Return the shape with just these parts, in its own order; it is for one answer, so that nothing is kept."""
        parts = {name: Part(part.get, lasts=False) for name, part in self.parts.items() if name in names}
        return Shape(parts, self._getter, self._around)


class Picking:
    """Some parts of a shape: the plain ones are taken all at once, which is quicker."""

    def __init__(self, parts: Mapping[str, Part], getter: Getter) -> None:
        plain = {name: part.get for name, part in parts.items() if isinstance(part.get, str)}
        self._plain_names = tuple(plain)
        # The first twice, as of one alone it would be no tuple.
        self._plain = getter(*plain.values(), next(iter(plain.values()))) if plain else lambda _record: ()
        self._others = [(name, part.get) for name, part in parts.items() if not isinstance(part.get, str)]

    def pick(self, record: Any, reader: Reader, shown: dict[str, Any]) -> None:
        """Add what these parts show of a record."""
        shown.update(zip(self._plain_names, self._plain(record), strict=False))
        for name, show in self._others:
            shown[name] = show(record, reader)

    def written(self, record: Any, reader: Reader) -> dict[str, Any]:
        """Return what these parts show of a record as the renderer writes it."""
        shown: dict[str, Any] = {}
        self.pick(record, reader, shown)
        return {name: written(value) for name, value in shown.items()}


@cache
def kept_serializer(serializer_class: Any, *, is_admin: bool) -> Any:
    """Return a serializer that was made once: for looking at its fields, never for a body or an answer of its own."""
    return serializer_class(context={"is_admin": is_admin})


@cache
def shape_of(serializer_class: Any, *, is_admin: bool) -> Shape:
    """Return what a class of serializers shows; administrators may be shown more."""
    return _shape(kept_serializer(serializer_class, is_admin=is_admin))


def _shape(serializer: Any) -> Shape:
    getter: Getter = itemgetter if isinstance(serializer, DictionarySerializer) else attrgetter
    parts = {one.field_name: _part(one, serializer, getter) for one in serializer._readable_fields}
    return Shape(parts, getter, getattr(serializer, "around", None))


def _part(shown: Any, serializer: Any, getter: Getter) -> Part:
    """Return how a field of a serializer gets what it shows."""
    if isinstance(shown, ShowsItself):
        return Part(shown.show, getattr(shown, "lasts", False))
    if isinstance(shown, serializers.SerializerMethodField):
        method = getattr(serializer, str(shown.method_name))
        return Part(lambda record, _reader: method(record), lasts=False)
    around = getattr(serializer, "around", None)
    path = _path_to(shown, around)
    if isinstance(shown, serializers.BaseSerializer):
        return Part(_nested(shown, getter(path)), lasts=False)
    lasts = "." not in path if around is None else path.rpartition(".")[0] == around.attribute
    model = getattr(getattr(serializer, "Meta", None), "model", None)
    if model is not None and shown.source in (get_translatable_fields_for_model(model) or ()):
        return Part(_text(path, model), lasts)
    return Part(_value(shown, path, getter), lasts)


def _nested(shown: Any, find: Callable[[Any], Any]) -> Show:
    """Return what shows another record, or several; wherever a class of serializers shows them, it has one shape."""
    is_many = isinstance(shown, serializers.ListSerializer)
    serializer_class: Any = type(shown.child if is_many else shown)
    shape = shape_of(serializer_class, is_admin=shown.context["is_admin"])
    return (_many if is_many else _one)(find, shape)


def _path_to(shown: Any, around: Around | None) -> str:
    is_id = isinstance(shown, serializers.PrimaryKeyRelatedField)
    source = f"{shown.source}_id" if is_id else str(shown.source)
    return source if around is None else around.path_to(source)


def _text(path: str, model: type[models.Model]) -> Show:
    *objects, name = path.split(".")
    if not objects:
        return lambda record, reader: read_text(record, model, name, reader.language)
    find = attrgetter(".".join(objects))
    return lambda record, reader: read_text(find(record), model, name, reader.language)


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


def _value(shown: Any, path: str, getter: Getter) -> str | Show:
    convert = shown.to_representation
    if any(convert.__func__ is plain.to_representation for plain in _PLAIN):
        return path
    find = getter(path)

    def show(record: Any, _reader: Reader) -> Any:
        found = find(record)
        return None if found is None else convert(found)

    return show
