"""Rows that change their version whenever they are written, so that a cache can tell."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from uuid_utils.compat import uuid7

RecordType_co = TypeVar("RecordType_co", bound=models.Model, covariant=True)


if TYPE_CHECKING:
    UUIDField = models.UUIDField[Any, Any]
else:
    UUIDField = models.UUIDField


class VersionField(UUIDField):
    """Another value at every save; null in rows that were last written before there were versions."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"null": True, "editable": False, **options})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        version = uuid7()
        setattr(model_instance, self.attname, version)
        return version


class VersionedQuerySet(models.QuerySet[RecordType_co]):
    """Updates give every row that they touch another version."""

    def update(self, **values: Any) -> int:
        """Update, with the version."""
        return super().update(**{"version": uuid7(), **values})


class Versioned(models.Model):
    """A record with a version."""

    version = VersionField()

    class Meta:
        """No table of its own."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the version along with whatever is saved."""
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "version"}
        super().save(*args, **kwargs)
