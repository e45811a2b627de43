"""Every page of the administration, at two widths: everybody can use it, it fits, and nothing leaves the machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from auditlog.models import LogEntry
from axes.models import AccessAttempt
from django.contrib.auth.models import Group, User
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice
from PIL import Image
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from gamopanda.accounts.models import ApiKey, Member, RecentCall
from gamopanda.admin.links import list_of, page_of
from gamopanda.conf.environment import BASE_DIR
from gamopanda.demo.daily_learner import DAILY_LEARNER
from gamopanda.demo.loading import load_demo
from gamopanda.demo.seven_day_shopper import SEVEN_DAY_SHOPPER
from gamopanda.tests.browser.console import DESKTOP, Console
from gamopanda.tests.browser.documented import SCREENSHOTS, keep_picture
from gamopanda.tests.documents import IMAGE, text_of
from gamopanda.tests.people import make_groups
from gamopanda.widget.models import WidgetSettings
from rewards.models import PoolCode, RewardLog
from streaks.admin.explanation import explanation_of
from streaks.models import Milestone, Streak, StreakLog, StreakProgress, TaskProgress
from streaks.progress.lifecycle import duplicate_streak
from streaks.tests.calling import make_key

# A demo member with runs of every status, so that lists have rows, but not so many that the pages become slow.
CHLOE = "demo-chloe"
STEPS = ("Basics", "Rules", "Milestones & rewards", "Texts", "Preview", "Results")

SHOWN = {"home", "streaks", "streak-rules", "streak-texts", "streak-preview", "simulator", "checklist", "explanation"}


def sign_in(console: Console) -> None:
    """Sign in as somebody who may see every page."""
    User.objects.create_superuser("ada", "ada@example.com", "a long password")
    page = console.page
    page.goto(f"{console.address}/admin/login/")
    page.locator("[name=username]").fill("ada")
    page.locator("[name=password]").fill("a long password")


def make_records() -> None:
    """Put something on every page: the demo, a draft, and who has access."""
    make_groups()
    load_demo(now=timezone.now())
    # As if every log had come in when it happened; the manager of logs refuses to change any (S29).
    QuerySet(StreakLog).update(created_at=F("activity_at"))
    draft = duplicate_streak(Streak.objects.get(pk=SEVEN_DAY_SHOPPER.id))
    draft.eud_description_fr = ""
    draft.save()
    key = make_key()
    RecentCall.objects.create(
        api_key=key, called_at=timezone.now(), method="POST", path="/api/v1.0/schema/streak_log/record", status=409,
        problems="duplicate_record", milliseconds=12,
    )  # fmt: skip
    AccessAttempt.objects.create(username="somebody", ip_address="192.0.2.1", failures_since_start=1)
    TOTPDevice.objects.create(user=User.objects.create_user("somebody"), name="phone")
    WidgetSettings.objects.get_or_create(pk=1)


def pages_of_streaks() -> Iterator[tuple[str, str]]:
    """Yield the name and the address of each page on which streaks are made and looked at."""
    draft, shopper = Streak.objects.get(status="draft"), Streak.objects.get(pk=SEVEN_DAY_SHOPPER.id)
    pool = Milestone.objects.filter(streak=DAILY_LEARNER.id, coupon_source="pool").earliest("milestone_target_value")
    run = StreakProgress.objects.get(member__external_id=CHLOE, streak=shopper)
    yield "streaks", list_of(Streak)
    yield "streak-new", reverse("admin:streaks_streak_add")
    yield "streak-frozen", f"{page_of(shopper)}#rules"
    yield "checklist", reverse("admin:streaks_streak_go_live", args=[draft.pk])
    yield "results", reverse("admin:streaks_streak_results", args=[shopper.pk])
    yield "texts", reverse("admin:streaks_streak_texts", args=[shopper.pk])
    yield "streak-deleting", reverse("admin:streaks_streak_delete", args=[shopper.pk])
    yield "milestones", list_of(Milestone)
    yield "milestone", page_of(pool)
    yield "pool", reverse("admin:rewards_poolcode_upload", args=[pool.pk])
    yield "codes", list_of(PoolCode)
    yield "widget", page_of(WidgetSettings.objects.get())
    yield "finding", f"{reverse('admin:streaks_streakprogress_find')}?q={CHLOE}"
    yield "explanation", explanation_of(run.member_id, run.streak_id)
    yield "excuse-new", reverse("admin:streaks_streakexcuse_add")
    yield "rules-new", reverse("admin:streaks_streakrules_add")


def pages_of_members() -> Iterator[tuple[str, str]]:
    """Yield the name and the address of each page about one member."""
    for model in (StreakProgress, TaskProgress, StreakLog, RewardLog):
        yield model.__name__, list_of(model, q=CHLOE)
    reward = RewardLog.objects.select_related("member").get(member__external_id=CHLOE)
    yield "run", page_of(StreakProgress.objects.filter(member=reward.member).latest("pk"))
    yield "log", page_of(StreakLog.objects.filter(member=reward.member).latest("pk"))
    yield "reward", page_of(reward)
    yield "letter", reverse("admin:rewards_rewardlog_letter", args=[reward.pk])
    yield "members", list_of(Member)
    yield "member", page_of(reward.member)
    yield "exporting", reverse("admin:accounts_member_export")


def pages_of_access() -> Iterator[tuple[str, str]]:
    """Yield the name and the address of each page about people and keys."""
    yield "keys", list_of(ApiKey)
    yield "key", page_of(ApiKey.objects.get())
    yield "calls", list_of(RecentCall)
    yield "person", page_of(User.objects.get(username="ada"))
    yield "group", page_of(Group.objects.get(name="Marketer"))
    entries = LogEntry.objects.get_for_object(Streak.objects.get(status="draft"))
    yield "changes", list_of(LogEntry, q=entries[0].object_pk)
    yield "change", page_of(entries[0])
    yield "attempts", list_of(AccessAttempt)
    yield "second-factors", list_of(TOTPDevice)
    yield "second-factor", reverse("second-factor")


def look(console: Console, name: str, within: str = "#content") -> list[str]:
    """Look at a page, and at its picture where the documentation has one; where pictures are made anew, at no more."""
    if name in SHOWN:
        keep_picture(console.page.screenshot(), name)
    return [] if SCREENSHOTS else console.look(name, within)


def look_at_steps(console: Console) -> list[str]:
    """Look at every step of the page of a streak."""
    problems = []
    console.page.goto(console.address + page_of(Streak.objects.get(status="draft")))
    for name in STEPS:
        console.page.locator("#console > .console-tabs").get_by_role("tab", name=name).click()
        panel = console.page.get_by_role("tabpanel", name=name, exact=True)
        if name == "Preview":
            expect(console.page.frame_locator("#preview-frame").locator("gamopanda-streaks")).to_contain_text("7-Day")
        if name == "Results":
            expect(panel.get_by_role("heading", name="How far runs got")).to_be_visible()
        slug = panel.get_attribute("id")
        problems += look(console, f"streak-{slug}", f"#{slug}")
    return problems


def look_at_the_simulator(console: Console) -> list[str]:
    """Play somebody who misses a Wednesday, and look at what came of it."""
    address = reverse("admin:streaks_streak_simulator", args=[SEVEN_DAY_SHOPPER.id])
    console.page.goto(console.address + address)
    console.page.locator("[name=pattern]").select_option(index=1)
    console.page.get_by_role("button", name="Use the pattern").click()
    expect(console.page.get_by_text("broke the run").first).to_be_visible()
    return look(console, "simulator")


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite
def test_every_page_can_be_used_by_everybody_and_fits_a_desktop_and_a_phone(
    page: Page, live_server: LiveServer
) -> None:
    """F50."""
    make_records()
    console = Console(page, live_server.url)
    sign_in(console)
    problems = look(console, "signing-in", "body")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What needs attention")).to_be_visible()
    problems += look(console, "home", "body")
    for name, address in (*pages_of_streaks(), *pages_of_members(), *pages_of_access()):
        answer = page.goto(console.address + address)
        assert (name, answer and answer.status) == (name, 200)
        if name == "widget":
            expect(page.frame_locator("#widget-preview").locator("gamopanda-streaks")).to_contain_text("7-Day Shopper")
        problems += look(console, name)
    problems += look_at_steps(console)
    problems += look_at_the_simulator(console)
    assert problems + console.amiss() == []


def test_the_pictures_of_the_documentation_are_there_and_small_and_said_in_words() -> None:
    of_readme = dict(IMAGE.findall(text_of("README.md")))
    of_marketers = {words: f"docs/{path}" for words, path in IMAGE.findall(text_of("docs/marketers.md"))}
    assert {Path(path).stem for path in of_readme.values()} == {"home", "display"}
    assert {Path(path).stem for path in of_marketers.values()} == SHOWN
    assert {file.stem for file in (BASE_DIR / "docs").rglob("*.png")} == {*SHOWN, "display"}
    for words, path in (of_readme | of_marketers).items():
        file = BASE_DIR / path
        assert len(words.split()) > 4
        assert Image.open(file).format == "PNG"
        assert Image.open(file).width == DESKTOP["width"] or file.stem == "display"
        assert file.stat().st_size < 150_000
