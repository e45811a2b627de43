from typing import Any

import pytest

from gamopanda.accounts.models import ApiKey
from gamopanda.tests.sandbox.calling import NOON, make_sandbox_key
from streaks.tests.calling import Caller


@pytest.fixture(autouse=True)
def _noon_of_the_tenth_of_march(time_machine: Any) -> None:
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def key() -> ApiKey:
    return make_sandbox_key()


@pytest.fixture
def tester(key: ApiKey) -> Caller:
    return Caller({"x-api-key": key.api_key, "x-api-secret": key.secret})
