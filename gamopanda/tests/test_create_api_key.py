"""`manage.py create_api_key`, as a script that sets up an installation calls it."""

import json
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from gamopanda.accounts.models import ApiKey
from gamopanda.api.models import Status
from gamopanda.tests.commands import run_manage


@pytest.mark.postgresql  # It brings its own database, so once is enough.
def test_one_json_object_with_the_pair_is_all_that_is_printed(tmp_path: Path, migrated_database: Path) -> None:
    environment = {"SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"}
    shutil.copy(migrated_database, tmp_path)
    done = run_manage("create_api_key", "--name", "checkout", var_dir=tmp_path, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    pair = json.loads(done.stdout)
    assert list(pair) == ["apiKey", "apiSecret"]
    assert done.stdout == json.dumps(pair) + "\n"

    again = run_manage("create_api_key", "--name", "checkout", var_dir=tmp_path, **environment)
    assert (again.returncode, again.stdout) == (1, "")
    sentence = "CommandError: There is an API key named 'checkout' already, and each name is used once.\n"
    assert again.stderr == sentence


@pytest.mark.django_db
def test_the_printed_pair_is_the_stored_one_and_live(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_key", name="checkout")
    key = ApiKey.objects.get()
    assert json.loads(capsys.readouterr().out) == {"apiKey": key.api_key, "apiSecret": key.secret}
    assert (key.name, key.status, key.secret in key.encrypted_secret) == ("checkout", Status.LIVE, False)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "n" * 257])
def test_a_name_that_cannot_be_stored_is_refused(name: str) -> None:
    with pytest.raises(CommandError, match=r"^The name '.*' cannot be used: "):
        call_command("create_api_key", name=name)
    assert ApiKey.objects.count() == 0
