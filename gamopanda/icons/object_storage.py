"""Icons in a bucket of object storage, for several hosts; needs what requirements-s3.txt lists."""

from typing import Any

from django.conf import settings
from storages.backends.s3 import S3Storage


class ObjectStorage(S3Storage):  # type: ignore[misc]  # it has no types
    """Keeps icons in a bucket that only this installation reads: they are served by it, as harmless as from a disk."""

    def get_default_settings(self) -> dict[str, Any]:
        """Write over an icon of the same name, which has the same content."""
        return {**super().get_default_settings(), "file_overwrite": True, "default_acl": None}

    def url(self, name: str, *_args: Any, **_kwargs: Any) -> str:
        """Return the address on this site."""
        return f"{settings.MEDIA_URL}{name}"
