"""What a visitor of the repository expects: a licence, a changelog, ways to take part, and one version number."""

import re
import tomllib

import pytest
import yaml
from django.test import Client

from gamopanda import VERSION
from gamopanda.conf.environment import BASE_DIR
from gamopanda.tests.documents import text_of

SECTION = re.compile(r"^## (\S+)(?: - (\d{4}-\d\d-\d\d))?$", re.MULTILINE)
PROJECT = tomllib.loads(text_of("pyproject.toml"))["project"]


def test_the_changelog_begins_with_what_is_next_and_the_present_version() -> None:
    sections = SECTION.findall(text_of("CHANGELOG.md"))
    assert sections[0] == ("Unreleased", "")
    assert sections[1][0] == VERSION == PROJECT["version"]
    dates = [date for _version, date in sections[1:]]
    assert all(dates) and dates == sorted(dates, reverse=True)


def test_no_page_leads_to_a_repository_that_is_not_there() -> None:
    assert "urls" not in PROJECT
    pages = [BASE_DIR / "README.md", BASE_DIR / "CHANGELOG.md", *(BASE_DIR / "docs").glob("*.md")]
    assert [page.name for page in pages if re.search(r"https://(github|gitlab)\.com/gamopanda", page.read_text())] == []


def test_the_version_stands_in_the_description_and_in_the_console(client: Client, admin_client: Client) -> None:
    assert client.get("/api/v1.0/openapi.json").json()["info"]["version"] == VERSION
    assert f"Version {VERSION}" in admin_client.get("/admin/").content.decode()
    assert VERSION not in client.get("/admin/login/").content.decode()


def test_the_licence_is_the_whole_one_that_the_project_names() -> None:
    text = text_of(*PROJECT["license-files"])
    assert PROJECT["license"] == "Apache-2.0"
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert len(text.split()) > 1500 and text.endswith("limitations under the License.\n")


def test_the_workflow_runs_what_has_to_pass() -> None:
    jobs = yaml.safe_load(text_of(".github/workflows/ci.yml"))["jobs"]
    assert [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step] == [".ci/run"]


@pytest.mark.parametrize("name", ["bug", "wish"])
def test_a_form_of_issues_asks_for_what_is_needed(name: str) -> None:
    form = yaml.safe_load(text_of(f".github/ISSUE_TEMPLATE/{name}.yml"))
    assert form["name"] and form["description"]
    ids = [field["id"] for field in form["body"]]
    assert len(set(ids)) == len(ids) > 1
    assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_what_contributors_read_names_files_that_are_there() -> None:
    named = set(re.findall(r"`([\w/]+/[\w/.]*)`", text_of("CONTRIBUTING.md")))
    # What `make run` has made.
    for path in named - {"var/secret_key"}:
        assert (BASE_DIR / path).exists(), path


def pinned(path: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", text_of(path), re.MULTILINE))


def test_the_optional_packages_go_with_the_others() -> None:
    usual, optional = pinned("requirements.txt"), pinned("requirements-s3.txt")
    assert "django-storages" in optional
    differing = {name for name, version in optional.items() if usual.get(name, version) != version}
    assert differing <= {"python-dateutil"}
