"""Administration of those who sign in here, of members, of the keys of the client's own servers, and who did what."""

from gamopanda.accounts.admin import audit, calls, keys, members, pausing, people, person, zones  # noqa: F401
