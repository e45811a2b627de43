"""The columns that `filters` and `sortBy` may name: fields of the resource, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Coalesce, NullIf
from modeltranslation.manager import get_translatable_fields_for_model
from rest_framework import serializers

from gamopanda.api.lists.filter_types import FilterType, filter_type_of
from gamopanda.api.serializers.language import columns_of_text, default_of_text
from gamopanda.api.serializers.serializer_compiler import cached_serializer

Expression = models.Expression | models.F


@dataclass(frozen=True)
class Column:
    """A field of the resource that can be filtered and sorted: its expression, and the type of its values."""

    name: str
    expression: Expression
    filter_type: FilterType
    is_nullable: bool


def columns_of(view: Any, queryset: models.QuerySet[Any]) -> dict[str, Column]:
    """Return the columns of a view's resource by their names on the wire.

    A field is a column when its source is a column or an annotation of the queryset, or when the view's
    `filter_expressions` says how to compute it.
    """
    fields: Mapping[str, Any] = cached_serializer(view.get_serializer_class(), is_admin=view.is_admin).fields
    found = {}
    for name, field in fields.items():
        filter_type = filter_type_of(field)
        expression = view.filter_expressions.get(name) or _expression_of(field, queryset, view.language)
        if filter_type is not None and expression is not None:
            is_nullable = field.allow_null or _is_nullable(field, queryset.model)
            found[name] = Column(name, expression, filter_type, is_nullable)
    return found


def _expression_of(field: Any, queryset: models.QuerySet[Any], language: str) -> Expression | None:
    source, model = _source_of(field), queryset.model
    if source in queryset.query.annotations:
        return F(source)
    if source in (get_translatable_fields_for_model(model) or ()):
        return text_in_language(model, source, language)
    return F(source.replace(".", "__")) if _model_field(model, source) is not None else None


def _source_of(field: Any) -> str:
    source = field.source or ""
    return f"{source}.pk" if isinstance(field, serializers.PrimaryKeyRelatedField) else str(source)


def _model_field(model: type[models.Model], source: str) -> Any:
    """Return the model field that a source leads to, over relations with one end; None when there is none."""
    field: Any = None
    for name in source.split("."):
        if field is not None:
            if not (field.many_to_one or field.one_to_one):
                return None
            model = field.related_model
        field = model._meta.pk if name == "pk" else _field_named(model, name)
        if field is None:
            return None
    return field


def _field_named(model: type[models.Model], name: str) -> Any:
    return next((field for field in model._meta.concrete_fields if name in (field.name, field.attname)), None)


def _is_nullable(field: Any, model: type[models.Model]) -> bool:
    found = _model_field(model, _source_of(field))
    return found is None or bool(found.null)


def text_in_language(model: type[models.Model], name: str, language: str) -> Expression:
    """Return the text that reading shows: in this language, else in the next one, else the field's default (S34)."""
    default = default_of_text(model, name)
    columns = columns_of_text(model, name, language).values()
    written: list[Expression] = [_unless(F(column), "") for column in columns]
    texts = [_unless(text, default.text) for text in written] if default.text else written
    return Coalesce(*texts, Value(default.read(language)[0]), output_field=models.TextField())


def _unless(text: Expression, unwritten: str) -> Expression:
    return NullIf(text, Value(unwritten), output_field=models.TextField())
