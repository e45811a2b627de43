"""When two coupon codes are the same: shops take codes in upper and lower case, and in every Unicode form, for one."""

from hashlib import blake2b
from typing import Any
from unicodedata import normalize
from uuid import UUID

from django.db import models


def code_key(code: str | None) -> UUID | None:
    """Return the same key for every way of writing a code, None for no code.

    It has always the same size, which a normalised text has not: some letters become eighteen.
    """
    if code is None:
        return None
    # Folding can undo a normal form, so it is made again.
    folded = normalize("NFKC", normalize("NFKC", normalize("NFD", code).casefold()).casefold()).strip()
    return UUID(bytes=blake2b(folded.encode(), digest_size=16).digest())


class _KeyOfCode:
    """Reads the key off the code, so that the two never differ, whatever sets the code."""

    def __init__(self, field: "CodeKeyField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: object = None) -> Any:
        return self if instance is None else code_key(getattr(instance, self.field.code_field))

    def __set__(self, instance: models.Model, value: object) -> None:
        """Note that the column was read, or it would not be saved; the code decides."""
        instance.__dict__[self.field.attname] = value


class CodeKeyField(models.UUIDField):  # type: ignore[type-arg]
    """The key of the code in another field of the same row."""

    descriptor_class = _KeyOfCode

    def __init__(self, code_field: str, **kwargs: Any) -> None:
        self.code_field = code_field
        super().__init__(**{**kwargs, "editable": False, "null": True})

    def deconstruct(self) -> Any:
        """Return what a migration needs to make the same field."""
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"], kwargs["null"]
        return name, path, [self.code_field, *args], kwargs
