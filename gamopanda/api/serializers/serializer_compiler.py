"""Fast rendering of records: each serializer class is compiled once into functions that read the fields of a record.

Django REST framework makes new serializers for every request and asks every field of every record how to read it. That
takes longer than the database and everything else in a request. `serializer.data` returns the same values as
`CompiledSerializer.render`, and a test compares both.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any, Protocol, runtime_checkable

from django.db import models
from django.http import HttpRequest
from modeltranslation.manager import get_translatable_fields_for_model
from rest_framework import serializers

from gamopanda.api.rendering.renderers import written
from gamopanda.api.serializers.base import DictionarySerializer, InstantField, NumberField, Wraps
from gamopanda.api.serializers.language import read_text
from gamopanda.api.serializers.memoising import is_memoising, memoise


@dataclass(slots=True)
class RenderContext:
    """The configured language to render in, and the request, which gives the host for absolute URLs."""

    language: str
    request: HttpRequest
    _absolute_urls: dict[str, str] = field(default_factory=dict)

    def absolute_url(self, path: str) -> str:
        """Return the absolute URL of a path of this installation."""
        if path not in self._absolute_urls:
            self._absolute_urls[path] = self.request.build_absolute_uri(path)
        return self._absolute_urls[path]


GetterFactory = Callable[..., Callable[[Any], Any]]
"""`attrgetter`, or `itemgetter` for records that are dictionaries."""
Render = Callable[[Any, RenderContext], Any]
"""Renders a value of a record. The JSON encoder writes decimals, instants, dates and ids."""


@runtime_checkable
class RendersRecord(Protocol):
    """A field that renders its value from the whole record. It can have `is_cacheable`, as `FieldGetter` has."""

    def render_record(self, record: Any, context: RenderContext, /) -> Any:
        """Return the value of the field."""


@dataclass(frozen=True, slots=True)
class FieldGetter:
    """How to get the value of one field: the path to an attribute, or a function.

    A getter is cacheable when its value depends on nothing but the language and the model instance.
    """

    get: str | Render
    is_cacheable: bool


class FieldGetters:
    """The getters of several fields; one `attrgetter` reads all plain attributes at once, which is faster."""

    def __init__(self, getters: Mapping[str, FieldGetter], getter_factory: GetterFactory) -> None:
        paths = {name: getter.get for name, getter in getters.items() if isinstance(getter.get, str)}
        self._path_names = tuple(paths)
        # The first path is given twice, because a getter of one path returns no tuple.
        first = next(iter(paths.values()), "")
        self._get_paths = getter_factory(*paths.values(), first) if paths else lambda _record: ()
        self._renders = [(name, getter.get) for name, getter in getters.items() if not isinstance(getter.get, str)]

    def read_into(self, rendered: dict[str, Any], record: Any, context: RenderContext) -> None:
        """Add the values of these fields to `rendered`."""
        rendered.update(zip(self._path_names, self._get_paths(record), strict=False))
        for name, render in self._renders:
            rendered[name] = render(record, context)

    def encodable(self, record: Any, context: RenderContext) -> dict[str, Any]:
        """Return the values of these fields in the form in which JSON has them."""
        rendered: dict[str, Any] = {}
        self.read_into(rendered, record, context)
        return {name: written(value) for name, value in rendered.items()}


class CompiledSerializer:
    """Renders records as a serializer does; `getters` are by the names on the wire."""

    def __init__(
        self, getters: Mapping[str, FieldGetter], getter_factory: GetterFactory, wraps: Wraps | None = None
    ) -> None:
        self.getters, self._getter_factory, self._wraps = getters, getter_factory, wraps
        cacheable = {name for name, getter in getters.items() if getter.is_cacheable}
        self._all = FieldGetters(getters, getter_factory)
        self._cacheable = FieldGetters(_pick(getters, cacheable), getter_factory)
        self._others = FieldGetters(_pick(getters, getters.keys() - cacheable), getter_factory)
        self._blank = dict.fromkeys(getters)

    def render(self, record: Any, context: RenderContext) -> dict[str, Any]:
        """Return a record as the wire has it; the cacheable fields of a memoising record are rendered once."""
        rendered = self._blank.copy()
        instance = record if self._wraps is None else getattr(record, self._wraps.attribute)
        if isinstance(instance, models.Model) and is_memoising(instance):
            rendered.update(
                memoise(instance, (self, context.language), lambda: self._cacheable.encodable(record, context))
            )
            self._others.read_into(rendered, record, context)
        else:
            self._all.read_into(rendered, record, context)
        return rendered

    def only(self, names: Collection[str]) -> "CompiledSerializer":
        """Return a serializer of just these fields, in its own order; as it serves one request, it caches nothing."""
        picked = {name: FieldGetter(getter.get, is_cacheable=False) for name, getter in self.getters.items()}
        return CompiledSerializer(_pick(picked, names), self._getter_factory, self._wraps)


def _pick(getters: Mapping[str, FieldGetter], names: Collection[str]) -> dict[str, FieldGetter]:
    return {name: getter for name, getter in getters.items() if name in names}


@cache
def cached_serializer(serializer_class: Any, *, is_admin: bool) -> Any:
    """Return a shared serializer, to look at its fields; it must not take a body or an instance."""
    return serializer_class(context={"is_admin": is_admin})


@cache
def compiled(serializer_class: Any, *, is_admin: bool) -> CompiledSerializer:
    """Compile a serializer class; administrators can have more fields."""
    serializer = cached_serializer(serializer_class, is_admin=is_admin)
    getter_factory: GetterFactory = itemgetter if isinstance(serializer, DictionarySerializer) else attrgetter
    readable = [one for one in serializer.fields.values() if not one.write_only]
    getters = {one.field_name: _compile_field(one, serializer, getter_factory) for one in readable}
    return CompiledSerializer(getters, getter_factory, _wraps_of(serializer))


def _wraps_of(serializer: Any) -> Wraps | None:
    return getattr(serializer, "wraps", None)


def _compile_field(one: Any, serializer: Any, getter_factory: GetterFactory) -> FieldGetter:
    if isinstance(one, RendersRecord):
        return FieldGetter(one.render_record, getattr(one, "is_cacheable", False))
    wraps = _wraps_of(serializer)
    path = _path_to(one, wraps)
    if isinstance(one, serializers.BaseSerializer):
        return FieldGetter(_compile_nested(one, getter_factory(path)), is_cacheable=False)
    is_cacheable = "." not in path if wraps is None else path.rpartition(".")[0] == wraps.attribute
    model = getattr(getattr(serializer, "Meta", None), "model", None)
    if model is not None and one.source in (get_translatable_fields_for_model(model) or ()):
        return FieldGetter(_compile_text(path, model), is_cacheable)
    return FieldGetter(_compile_value(one, path, getter_factory), is_cacheable)


def _path_to(one: Any, wraps: Wraps | None) -> str:
    is_id = isinstance(one, serializers.PrimaryKeyRelatedField)
    source = f"{one.source}_id" if is_id else str(one.source)
    return source if wraps is None else wraps.path_to(source)


def _compile_nested(one: Any, find: Callable[[Any], Any]) -> Render:
    is_many = isinstance(one, serializers.ListSerializer)
    serializer_class: Any = type(one.child if is_many else one)
    nested = compiled(serializer_class, is_admin=one.context["is_admin"])
    return (_render_many if is_many else _render_one)(find, nested)


def _render_many(find: Callable[[Any], Any], nested: CompiledSerializer) -> Render:
    def render(record: Any, context: RenderContext) -> list[dict[str, Any]]:
        found = find(record)
        records = found.all() if isinstance(found, models.Manager) else found
        return [nested.render(one, context) for one in records]

    return render


def _render_one(find: Callable[[Any], Any], nested: CompiledSerializer) -> Render:
    def render(record: Any, context: RenderContext) -> dict[str, Any] | None:
        found = find(record)
        return None if found is None else nested.render(found, context)

    return render


def _compile_text(path: str, model: type[models.Model]) -> Render:
    *objects, name = path.split(".")
    if not objects:
        return lambda record, context: read_text(record, model, name, context.language)
    find = attrgetter(".".join(objects))
    return lambda record, context: read_text(find(record), model, name, context.language)


# The JSON encoder writes the values of these fields as their `to_representation` would.
_ENCODED_AS_THEY_ARE: Sequence[type[serializers.Field[Any, Any, Any, Any]]] = (
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


def _compile_value(one: Any, path: str, getter_factory: GetterFactory) -> str | Render:
    convert = one.to_representation
    if any(convert.__func__ is plain.to_representation for plain in _ENCODED_AS_THEY_ARE):
        return path
    find = getter_factory(path)

    def render(record: Any, _context: RenderContext) -> Any:
        found = find(record)
        return None if found is None else convert(found)

    return render
