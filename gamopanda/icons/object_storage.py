"""Icons in a bucket of object storage, for several hosts; needs what requirements-s3.txt lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from boto3.exceptions import Boto3Error
from botocore import exceptions
from botocore.config import Config
from django.conf import settings
from storages.backends.s3 import S3Storage

# An icon has at most 100 KB. By itself boto3 would let a call wait for minutes.
CLIENT = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"})
UNREACHABLE = (exceptions.ConnectionError, exceptions.HTTPClientError, Boto3Error)


class ObjectStorage(S3Storage):  # type: ignore[misc]  # it has no types
    """Keeps icons in a bucket that only this installation reads: they are served by it, as harmless as from a disk."""

    def get_default_settings(self) -> dict[str, Any]:
        """Write over an icon of the same name, which has the same content."""
        own = {"file_overwrite": True, "default_acl": None, "client_config": CLIENT}
        return {**super().get_default_settings(), **own}

    def url(self, name: str, *_args: Any, **_kwargs: Any) -> str:
        """Return the address on this site."""
        return f"{settings.MEDIA_URL}{name}"

    def _open(self, name: str, mode: str = "rb") -> Any:
        with telling_what_passes():
            file = super()._open(name, mode)
            # Fetches it, while a failure can still be answered.
            file.seek(0)
        return file

    def _save(self, name: str, content: Any) -> Any:
        with telling_what_passes():
            return super()._save(name, content)

    def listdir(self, name: str) -> Any:
        """Return folders and files."""
        with telling_what_passes():
            return super().listdir(name)

    def delete(self, name: str) -> None:
        """Delete a file."""
        with telling_what_passes():
            super().delete(name)


@contextmanager
def telling_what_passes() -> Iterator[None]:
    """Raise what passes by itself as `ConnectionError`: the storage is away, or says that it cannot serve now."""
    try:
        yield
    except UNREACHABLE as error:
        raise ConnectionError("Object storage cannot be reached.") from error
    except exceptions.ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS:
            raise
        raise ConnectionError("Object storage cannot serve now.") from error
