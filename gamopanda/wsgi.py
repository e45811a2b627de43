"""WSGI entry point, which the server calls: `python -m gamopanda.server`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gamopanda.settings")

application = get_wsgi_application()
