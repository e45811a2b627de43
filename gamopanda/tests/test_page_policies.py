"""What browsers are told that pages may do."""

import pytest
from django.test import Client

from gamopanda.admin.page_middleware import CONTENT_POLICY
from gamopanda.tests.commands import run_manage

pytestmark = pytest.mark.django_db


def test_pages_of_the_console_run_our_own_scripts_alone_and_lie_in_no_frame(admin_client: Client) -> None:
    for address in ("/admin/", "/admin/login/", "/admin/streaks/streak/", "/admin/nothing/", "/nothing"):
        headers = admin_client.get(address, follow=True).headers
        policy = headers["Content-Security-Policy"]
        assert policy == f"{CONTENT_POLICY}; frame-ancestors 'none'"
        assert "script-src 'self' 'unsafe-eval';" in policy
        assert "camera=()" in headers["Permissions-Policy"]


def test_a_preview_may_lie_in_a_frame_of_the_console(admin_client: Client) -> None:
    answer = admin_client.get("/admin/streaks/streak/preview/frame/")
    assert answer.headers["Content-Security-Policy"] == f"{CONTENT_POLICY}; frame-ancestors 'self'"


@pytest.mark.parametrize("address", ["/api/docs", "/demo/"])
def test_pages_with_a_policy_of_their_own_keep_it(address: str, settings) -> None:
    settings.GAMOPANDA_DEMO = True
    headers = Client().get(address).headers
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.sqlite
def test_hsts_preload_is_asked_for_only_where_the_setting_says_so(tmp_path) -> None:
    for asked, shown in (("0", "False"), ("1", "True")):
        environment = {"SECRET_KEY": "k" * 64, "HTTPS": "1", "HSTS_PRELOAD": asked}
        done = run_manage("diffsettings", "--all", var_dir=tmp_path, **environment)
        assert f"SECURE_HSTS_PRELOAD = {shown}\n" in done.stdout
    refused = run_manage("check", var_dir=tmp_path, DEBUG="1", HSTS_PRELOAD="1")
    assert "HSTS_PRELOAD=1 needs HTTPS=1" in refused.stderr
