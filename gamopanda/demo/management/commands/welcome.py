"""Everything that a first look needs: something to see, a login, a key, and a request that works as it stands."""

import json
import secrets
import shlex
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone

from gamopanda.accounts.models import ApiKey
from gamopanda.api.models import Status
from gamopanda.conf.environment import kept_secret
from gamopanda.demo.shop.webhooks import keep_endpoint
from streaks.models import AggregationMethod, Milestone, Streak

USERNAME = "admin"
KEY_NAME = "First look"


class Login(NamedTuple):
    """A name and a password as they are printed."""

    username: str
    password: str


class Command(BaseCommand):
    """Prepare a first look and print it; each later run prints the same login and the same key."""

    help = "Makes demo streaks, a login and an API key where there are none, and prints how to use them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask where the server will answer."""
        parser.add_argument("--url", required=True, help="Where the server answers, such as http://localhost:8000.")
        parser.add_argument("--webhook", help="Where the worker reaches it, such as http://127.0.0.1:8000.")

    def handle(self, *, url: str, webhook: str | None = None, **_options: Any) -> None:
        """Fill an empty installation; an installation with streaks of its own gets no demo ones."""
        if not Streak.objects.exists():
            call_command("seed_demo", stdout=self.stderr)
        if settings.GAMOPANDA_DEMO and webhook is not None:
            keep_endpoint(webhook)
        lines = [*describe_login(url, find_login()), *describe_key(url, find_key())]
        self.stdout.write("\n".join(lines))


def find_login() -> Login | None:
    """Return the login made here, making it when there is no account yet; None when people have their own."""
    users = get_user_model().objects
    if not users.filter(Q(is_superuser=True) | Q(username=USERNAME)).exists():
        users.create_superuser(USERNAME, password=kept_secret(password_path(), 12))
    user = users.filter(username=USERNAME, is_superuser=True).first()
    path = password_path()
    if user is None or not path.exists() or not user.check_password(path.read_text().strip()):
        return None
    return Login(USERNAME, path.read_text().strip())


def password_path() -> Path:
    """Return where the password is kept for later printing."""
    return Path(settings.VAR_DIR) / "admin_password"


def find_key() -> ApiKey | None:
    """Return the key made here, making it the first time; None when it was paused since."""
    key, _is_new = ApiKey.objects.get_or_create(
        name=KEY_NAME, defaults={"description": "Made by `make run` for trying things out. Pause or delete it at will."}
    )
    return key if key.status == Status.LIVE else None


def describe_login(url: str, login: Login | None) -> list[str]:
    """Say how to enter the admin."""
    if login is None:
        return ["", f"  Admin     {url}/admin/   (log in with your own account)"]
    return ["", f"  Admin     {url}/admin/", f"  Username  {login.username}", f"  Password  {login.password}"]


def describe_key(url: str, key: ApiKey | None) -> list[str]:
    """Say how to call the API, with a request that reaches a milestone when there is one that a single log reaches."""
    if key is None:
        return ["", f"  API       {url}/api/v1.0/   (the key “{KEY_NAME}” is paused: use one of your own)", ""]
    lines = [
        "",
        f"  API       {url}/api/v1.0/",
        f"  x-api-key     {key.api_key}",
        f"  x-api-secret  {read_secret(key)}",
    ]
    milestone = find_first_milestone()
    if milestone is None:
        return [*lines, ""]
    name = milestone.streak.name
    request = first_request(url, key, milestone.streak)
    return [
        *lines,
        "",
        f"  Record the first activity of a new member in “{name}”, and see a reward issued:",
        "",
        request,
        "",
    ]


def read_secret(key: ApiKey) -> str:
    """Decrypt the secret of a key that an earlier run made."""
    try:
        return key.secret
    except InvalidToken as error:
        raise CommandError(
            "The API keys in this database were made under another SECRET_KEY. Set SECRET_KEY back to it, or name it "
            "in SECRET_KEY_FALLBACKS."
        ) from error


def find_first_milestone() -> Milestone | None:
    """Return a live milestone that a single log reaches: at the first period, which one value or one count fills."""
    by_one_log = Q(streak__aggregation_method=AggregationMethod.SUM) | Q(streak__aggregation_target_value__lte=1)
    reachable = Milestone.objects.visible().filter(by_one_log, status=Status.LIVE, milestone_target_value=1)
    live = reachable.filter(streak__status=Status.LIVE, streak__deleted_at=None)
    return live.select_related("streak").order_by("created_at", "id").first()


def first_request(url: str, key: ApiKey, streak: Streak) -> str:
    """Return a curl line that records one log, now, of a member who does not exist yet."""
    mark = secrets.token_hex(4)
    body = {
        "streakId": str(streak.pk),
        "ownedBy": {"externalId": f"first-look-{mark}", "firstName": "First", "lastName": "Look"},
        "activityAt": timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "activityId": "first_look",
        "uniqueIdentifier": f"order-{mark}",
        "activityValue": json.loads(f"{streak.aggregation_target_value.normalize():f}"),
    }
    headers = [f"x-api-key: {key.api_key}", f"x-api-secret: {key.secret}", "content-type: application/json"]
    options = [part for header in headers for part in ("-H", header)]
    address = f"{url}/api/v1.0/schema/streak_log/record"
    return shlex.join(["curl", "-sS", "-X", "POST", address, *options, "-d", json.dumps(body)])
