"""Icons: accepted by content, never by name, and stored only in a form that can do no harm.

PNG, JPEG and GIF are decoded once within bounds, so that they are safe to show later, and lose their metadata; an SVG
loses everything that is not drawing (`gamopanda.icons.svg`). Files are named after their content: copies share one.
"""

import base64
import binascii
import re
from hashlib import sha256
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _
from PIL import Image

from gamopanda.icons import svg
from gamopanda.icons.metadata import NoSuchStructure, without_metadata

MAX_BYTES = 102_400
MAX_SIDE = 2_048
# All frames of an animation together, each as large as the canvas: what a browser has to paint.
MAX_PIXELS = 8 * MAX_SIDE * MAX_SIDE
MAX_FRAMES = 256
# Pillow's own limit, for what it allocates before anybody can look: twice this much is an error.
Image.MAX_IMAGE_PIXELS = MAX_SIDE * MAX_SIDE
# A progressive JPEG has about ten scans; each more costs as much to decode as a whole picture.
MAX_SCANS = 64

EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "MPO": "jpg", "GIF": "gif", "SVG": "svg"}
CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "svg": "image/svg+xml"}
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
PNG_END = b"IEND\xaeB`\x82"
DATA_URL = re.compile(r"data:image/[\w.+-]+(?:;[\w.+-]+=[\w.+-]+)*;base64,", re.IGNORECASE)


class CleanIcon(ContentFile):  # type: ignore[type-arg]  # it takes none when it runs
    """A harmless image, named `<sha256>.<extension of the real content>`."""


def clean_icon(file: "File[bytes]") -> CleanIcon:
    """Return the harmless image to store; of one that is clean already a copy.

    The name of the upload is ignored, and the limit of size is on what was sent. Raises `ValidationError` with a
    sentence that says what is allowed and one of the codes `too_large`, `invalid_image`, `too_many_pixels`,
    `too_complex`, `unsafe_image`.
    """
    if isinstance(file, CleanIcon):
        return CleanIcon(_rewound(file), name=file.name)
    data = _read(file)
    if data.startswith(MAGIC):
        data, extension = clean_raster(data)
    else:
        data, extension = svg.make_harmless(data, clean_raster=_clean_embedded), EXTENSIONS["SVG"]
    return CleanIcon(data, name=f"{sha256(data).hexdigest()}.{extension}")


def decode_data_url(text: str) -> "ContentFile[bytes]":
    """Return the bytes of a `data:image/…;base64,…` URL, not yet cleaned; its declared type decides nothing.

    Raises `ValidationError` with code `invalid_data_url` or `too_large`.
    """
    head = DATA_URL.match(text)
    if head is None:
        raise ValidationError(
            _("Upload a file, or send a data URL, such as “data:image/png;base64,” with the picture."),
            code="invalid_data_url",
        )
    encoded = text[head.end() :]
    if len(encoded) > 4 * (MAX_BYTES // 3 + 1):
        raise _too_large()
    try:
        return ContentFile(base64.b64decode(encoded, validate=True), name="icon")
    except (binascii.Error, ValueError) as error:  # the latter for what is not ASCII
        raise ValidationError(_("The data URL is not valid base64."), code="invalid_data_url") from error


def _rewound(file: "File[bytes]", most: int = -1) -> bytes:
    """Return what a file holds, at most so many bytes of it, and leave it at its beginning."""
    file.seek(0)
    data: bytes = file.read(most)
    file.seek(0)
    return data


def _read(file: "File[bytes]") -> bytes:
    data = _rewound(file, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _too_large()
    return data


def _too_large() -> ValidationError:
    return ValidationError(
        _("The icon is too large: at most %(limit)s bytes (100 KB) are allowed."),
        code="too_large",
        params={"limit": MAX_BYTES},
    )


def clean_raster(data: bytes) -> tuple[bytes, str]:
    """Return a PNG, JPEG or GIF without metadata, and the extension of its format; raises `ValidationError`."""
    extension = EXTENSIONS[_check_raster(data)]
    try:
        return without_metadata(data), extension
    except NoSuchStructure as error:
        raise svg.invalid_image() from error


def _check_raster(data: bytes) -> str:
    """Decode a PNG, JPEG or GIF within bounds and return Pillow's name of its format; raises `ValidationError`."""
    if data.count(b"\xff\xda") > MAX_SCANS and data.startswith(b"\xff\xd8"):
        raise _too_many_pixels()
    try:
        with _open(data) as image:
            _check_dimensions(image)
            image.verify()
        with _open(data) as image:
            for frame in range(getattr(image, "n_frames", 1)):
                image.seek(frame)
                _check_dimensions(image)  # the frame of a GIF may reach beyond its canvas, which then grows
                image.load()
            if _is_cut_off(data):
                raise svg.invalid_image()
            return str(image.format)
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except Exception as error:  # a decoder trips over broken data in every way there is
        raise svg.invalid_image() from error


def _open(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data), formats=("PNG", "JPEG", "GIF"))


def _check_dimensions(image: Image.Image) -> None:
    """Look at what the headers say: nothing has been decoded yet."""
    frames = getattr(image, "n_frames", 1)
    if max(image.size) > MAX_SIDE or frames > MAX_FRAMES or image.width * image.height * frames > MAX_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> ValidationError:
    return ValidationError(
        _(
            "The icon has too many pixels: at most %(side)s × %(side)s are allowed, and %(frames)s frames of together "
            "%(pixels)s."
        ),
        code="too_many_pixels",
        params={"side": MAX_SIDE, "frames": MAX_FRAMES, "pixels": MAX_PIXELS},
    )


def _is_cut_off(data: bytes) -> bool:
    """Say whether the end is missing where the decoder does not mind."""
    if data.startswith(b"\x89PNG"):
        return PNG_END not in data
    return data.startswith(b"GIF") and not data.rstrip(b"\0").endswith(b";")


def _clean_embedded(url: str) -> str:
    """Return the data URL of an image inside an SVG without metadata, held to the same bounds."""
    data, extension = clean_raster(decode_data_url(url).read())
    return f"data:{CONTENT_TYPES[extension]};base64,{base64.b64encode(data).decode()}"
