"""The trail at the top of every page names where one is, and leads back."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from gamopanda.admin.links import page_of
from gamopanda.events.tests.receiving import make_endpoint
from rewards.models import RewardLog
from streaks.admin.explanation import explanation_of
from streaks.models import Milestone
from streaks.tests.calling import make_milestone
from streaks.tests.recording_cases import make_case

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
HEADING = re.compile(r"<h1.*?</h1>", re.DOTALL)
ICON = re.compile(r'<span aria-hidden="true".*?</span>', re.DOTALL)


def trail_of(client: Client, address: str) -> tuple[list[str], list[str]]:
    """Return the names in the trail of a page, and where they lead."""
    heading = HEADING.search(client.get(address).content.decode())
    assert heading is not None, address
    parts = re.findall(r"<(?:a|span)[^>]*>([^<]*)</(?:a|span)", ICON.sub("", heading[0]))
    return [unescape(part.strip()) for part in parts if part.strip()], re.findall(r'href="([^"]*)"', heading[0])


def pages(streak: Model, milestone: Milestone, member: Model) -> Iterator[tuple[str, list[str]]]:
    """Yield pages with their trails."""
    of_streak = ["Streaks", "7-Day Shopper"]
    yield reverse("admin:streaks_streak_results", args=[streak.pk]), [*of_streak, "Results"]
    yield reverse("admin:streaks_streak_simulator", args=[streak.pk]), [*of_streak, "Simulator"]
    yield reverse("admin:streaks_streak_texts", args=[streak.pk]), [*of_streak, "Translations"]
    yield reverse("admin:streaks_streak_go_live", args=[streak.pk]), [*of_streak, "Go live"]
    yield reverse("admin:streaks_streak_add"), ["Streaks", "Add"]
    yield page_of(milestone), ["Milestones", "Day 1"]
    pool = reverse("admin:rewards_poolcode_upload", args=[milestone.pk])
    yield pool, ["Milestones", "Day 1", "Coupon codes"]
    yield reverse("admin:rewards_rewardlog_letter", args=[RewardLog.objects.get().pk]), ["Resend code"]
    yield explanation_of(member.pk, streak.pk), ["Runs", "ann in 7-Day Shopper"]
    yield reverse("admin:streaks_streakprogress_find"), ["Runs", "Find"]
    yield reverse("admin:accounts_member_merging", args=[member.pk]), ["Members", "ann", "Merge"]
    endpoint = make_endpoint()
    yield reverse("admin:events_webhookendpoint_secret", args=[endpoint.pk]), ["Rotate the secret"]


def test_every_page_names_the_record_and_itself_and_leads_back(admin_client: Client) -> None:
    case = make_case(status="paused")
    milestone = make_milestone(case.streak, 1, coupon_source="fixed", coupon_code="ONE")
    case.streak.status = "live"
    case.streak.save()
    case.record(1)
    case.streak.status = "paused"
    case.streak.save()
    for address, names in pages(case.streak, milestone, case.member):
        found, links = trail_of(admin_client, address)
        assert found[-len(names) :] == names, address
        for link in links:
            assert admin_client.get(link).status_code == 200, link
