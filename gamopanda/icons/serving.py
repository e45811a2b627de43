"""Icons served to browsers: no more than pictures, whatever somebody has uploaded."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from gamopanda.icons.cleaning import CONTENT_TYPES
from gamopanda.icons.fields import icon_path

HEADERS = {
    # Opened on its own, an SVG could run scripts on this site: it is locked into a sandbox that loads nothing.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    # A file is named after its content, so it never changes.
    "Cache-Control": "public, max-age=31536000, immutable",
    # Shown on the clients' own sites.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@require_safe
def serve_icon(_request: HttpRequest, name: str) -> HttpResponseBase:
    """Answer with the stored icon, also where DEBUG is off and no web server stands in front."""
    try:
        file = default_storage.open(icon_path(None, name))
    except FileNotFoundError as error:
        raise Http404("There is no icon with this name.") from error
    return FileResponse(file, content_type=CONTENT_TYPES[name.rpartition(".")[2]], headers=HEADERS)
