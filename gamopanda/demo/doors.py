"""The page at the address of the site alone."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe


@require_safe
def show_doors(request: HttpRequest) -> HttpResponse:
    """Show what there is to try in the demo; elsewhere go to the console."""
    return render(request, "demo/doors.html") if settings.GAMOPANDA_DEMO else redirect("admin:index")
