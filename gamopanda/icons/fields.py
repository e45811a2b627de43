"""Columns for icons: whatever is saved in them has become harmless before."""

import os
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage
from django.db import models
from django.db.models.fields.files import FieldFile

from gamopanda.icons.cleaning import clean_icon


def icon_path(_record: Any, filename: str) -> str:
    """Return where an icon is stored: `clean_icon` has named it after its content."""
    return f"icons/{filename}"


def validate_icon(file: Any) -> None:
    """Refuse what is not a harmless small image; what is stored already has been through `clean_icon`."""
    if not getattr(file, "_committed", False):
        clean_icon(file.file if isinstance(file, FieldFile) else file)


class IconFile(FieldFile):
    """A file that is cleaned before it is stored, whether the API, the admin or the shell saves it."""

    def save(self, name: str | None, content: "File[bytes]", save: bool = True) -> None:
        """Clean and store the content under its own name, once; raises `ValidationError` for the field."""
        try:
            icon = clean_icon(content)
        except ValidationError as error:
            raise ValidationError({_name_of(self.field): error.error_list}) from error
        path = self.field.generate_filename(self.instance, str(icon.name))
        if _make_room(self.storage, path, icon.size):
            super().save(str(icon.name), icon, save=save)
            return
        setattr(self.instance, self.field.attname, path)
        self.name, self._committed = path, True
        if save:
            self.instance.save()


def _make_room(storage: Storage, path: str, size: int) -> bool:
    """Say whether a file still has to be written; a half-written one, left by a crash, is removed first.

    Object storage writes a file whole, and over one of its name, which makes it new.
    """
    if isinstance(storage, FileSystemStorage) and storage.exists(path):
        if storage.size(path) == size:
            # As new as if it had been written now: what cleans up leaves it alone.
            os.utime(storage.path(path))
            return False
        storage.delete(path)
    return True


def _name_of(field: Any) -> str:
    """Return the name of a field, which is the same in all languages."""
    return str(getattr(field, "translated_field", field).name)


class IconField(models.FileField):
    """A file column that holds nothing but harmless images."""

    attr_class = IconFile

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Be a plain file column to migrations: the database sees no difference."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", list(args), kwargs
