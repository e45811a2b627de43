"""The pages of reminders that members reach without a login."""

from django.urls import path

from gamopanda.events.reminders.preferences import preferences

urlpatterns = [path("<str:token>", preferences, name="reminder-preferences")]
