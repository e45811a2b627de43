"""Bodies that come packed: `Content-Encoding`."""

import zlib
from gzip import BadGzipFile, GzipFile
from io import BytesIO

from django.conf import settings
from rest_framework.exceptions import ParseError

from gamopanda.api.errors.exceptions import PayloadTooLarge, UnknownEncoding, too_large

PLAIN = frozenset({"", "identity"})
GZIP = frozenset({"gzip", "x-gzip"})


def unpack(body: bytes, encoding: str) -> bytes:
    """Return a body as it was before it was packed, of at most as many bytes as a plain one.

    Raises a 415 for an encoding that is not read here, a 413 for what grows too large, and a 400 for what is no gzip.
    """
    name = encoding.strip().lower()
    if name in PLAIN:
        return body
    if name not in GZIP:
        raise UnknownEncoding(f"The Content-Encoding {encoding} is not supported. Use gzip, or send the body as it is.")
    try:
        unpacked = GzipFile(fileobj=BytesIO(body)).read(settings.GAMOPANDA_MAX_BODY_BYTES + 1)
    except (BadGzipFile, EOFError, zlib.error) as error:
        raise ParseError("The body is not gzip, as its Content-Encoding says, or not all of it came.") from error
    if len(unpacked) > settings.GAMOPANDA_MAX_BODY_BYTES:
        raise PayloadTooLarge(f"{too_large()} That holds for the unpacked body too.")
    return unpacked


def refuse_packed(encoding: str) -> None:
    """Raise a 415 for a body that is read as it comes alone."""
    if encoding.strip().lower() not in PLAIN:
        raise UnknownEncoding(f"A form is not read with the Content-Encoding {encoding}. Send it as it is.")
