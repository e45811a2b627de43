"""The checklist before a streak goes live: each point names what is missing and links to its page."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from modeltranslation.utils import build_localized_fieldname

from gamopanda.accounts.models import ApiKey
from gamopanda.admin.links import page_of
from gamopanda.api.models import Status
from streaks.admin.language_tabs import STREAK_TEXTS, texts_in
from streaks.admin.ready_texts import are_ready
from streaks.admin.rule_texts import length_summary, rules_description
from streaks.core.messages import MESSAGES
from streaks.models import AggregationMethod, Milestone, Streak
from streaks.models.texts import DEFAULTS

DEFAULT = settings.MODELTRANSLATION_DEFAULT_LANGUAGE


class Need(StrEnum):
    """How much a point matters: something is missing, worth a look, or as it should be."""

    MISSING = "missing"
    ADVICE = "advice"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Point:
    """One line of the checklist; `address`, where there is one, leads to where it is put right."""

    need: Need
    sentence: str
    address: str


Check = Callable[[Sequence[Milestone]], Iterable[Point]]
_added_checks: list[Check] = []


def add_check(check: Check) -> None:
    """Let another app check the visible milestones of a streak before it goes live."""
    _added_checks.append(check)


def points_for(user: User | AnonymousUser, streak: Streak) -> list[Point]:
    """Return the checklist of a streak; only who may see API keys is led to them."""
    milestones = list(Milestone.objects.visible().filter(streak=streak))
    points = list(_check(streak, milestones, sees_keys=user.has_perm("accounts.view_apikey")))
    return [*points, *(point for check in _added_checks for point in check(milestones))]


def _check(streak: Streak, milestones: Sequence[Milestone], *, sees_keys: bool) -> Iterator[Point]:
    """Yield what is to be said of a streak and its visible milestones, in the order of its page."""
    at = partial(_step_of, streak)
    yield Point(Need.DONE, rules_description(streak), at("rules"))
    yield from _check_milestones(streak, milestones)
    yield from _check_default_texts(streak)
    yield from _check_languages(streak)
    yield from _check_milestone_texts(milestones)
    yield _check_keys(reverse("admin:accounts_apikey_changelist") if sees_keys else "")


def check_member_texts(streak: Streak) -> Iterator[Point]:
    """Yield what members miss in a streak that is live: a title, what was begun to be translated, words of its own."""
    points = [*_check_default_texts(streak), *_check_languages(streak)]
    yield from (point for point in points if point.need == Need.MISSING)
    yield from _check_messages(streak)


def _step_of(streak: Streak, anchor: str) -> str:
    return f"{page_of(streak)}#{anchor}"


def _check_milestones(streak: Streak, milestones: Sequence[Milestone]) -> Iterator[Point]:
    address = _step_of(streak, "milestones")
    last = streak.completion_target_value
    live = [one for one in milestones if one.status == Status.LIVE]
    within = [one for one in live if one.milestone_target_value <= last]
    if not within:
        yield Point(Need.MISSING, _("There is no live milestone: members earn no reward."), address)
    else:
        places = get_text_list([str(one.milestone_target_value) for one in within], _("and"))
        yield Point(Need.DONE, _("Live milestones at period %(places)s.") % {"places": places}, address)
    for one in live:
        if one.milestone_target_value > last:
            values = {"milestone": one, "number": one.milestone_target_value, "length": length_summary(streak)}
            sentence = _(
                "“%(milestone)s” is set for period %(number)s, but the streak ends after %(length)s, so no member can "
                "reach it."
            )
            yield Point(Need.MISSING, sentence % values, page_of(one))
    for one in milestones:
        if one.status != Status.LIVE:
            sentence = _("“%(milestone)s” is not live: members neither see nor reach it.")
            yield Point(Need.ADVICE, sentence % {"milestone": one}, page_of(one))
    if within and last not in {one.milestone_target_value for one in within}:
        sentence = _("No live milestone lies at the last period: members earn nothing for completing the streak.")
        yield Point(Need.ADVICE, sentence, address)


def _check_default_texts(streak: Streak) -> Iterator[Point]:
    title, description = (build_localized_fieldname(name, DEFAULT) for name in ("eud_title", "eud_description"))
    if getattr(streak, title):
        yield Point(
            Need.DONE, _("Its title is “%(title)s”.") % {"title": getattr(streak, title)}, _field(streak, title)
        )
    else:
        yield Point(Need.MISSING, _("It has no title for members."), _field(streak, title))
    if not getattr(streak, description):
        yield Point(Need.ADVICE, _("It has no description for members."), _field(streak, description))
    yield from _check_messages(streak)


def _check_messages(streak: Streak) -> Iterator[Point]:
    of_dollars = [name for name in MESSAGES if "$" in DEFAULTS[name] and _written(streak, name) in {"", DEFAULTS[name]}]
    if of_dollars and streak.aggregation_method == AggregationMethod.COUNT:
        sentence = _("This streak counts activities, but the default message speaks of dollars: write your own.")
        yield Point(Need.ADVICE, sentence, _field(streak, build_localized_fieldname(of_dollars[0], DEFAULT)))
    of_shopping = [name for name in MESSAGES if "shop" in DEFAULTS[name].lower()]
    left = [name for name in of_shopping if not _written(streak, name)]
    if left:
        sentence = ngettext(
            "%(number)s message is still the default, which speaks of shopping and of dollars.",
            "%(number)s messages are still the default, which speaks of shopping and of dollars.",
            len(left),
        )
        first = build_localized_fieldname(left[0], DEFAULT)
        yield Point(Need.ADVICE, sentence % {"number": len(left)}, _field(streak, first))


def _written(streak: Streak, name: str) -> str:
    return getattr(streak, build_localized_fieldname(name, DEFAULT)) or ""


def _field(streak: Streak, name: str) -> str:
    return _step_of(streak, f"id_{name}")


def _check_languages(streak: Streak) -> Iterator[Point]:
    """Name languages that were begun and not finished, and together those in which nothing is written (S34).

    Ready texts alone are no beginning: they come in every language.
    """
    untouched, ready = [], []
    names = dict(settings.LANGUAGES)
    for code, name in settings.LANGUAGES:
        columns = {build_localized_fieldname(text, code) for text in STREAK_TEXTS}
        written = {column: getattr(streak, column) for column in columns if getattr(streak, column)}
        if code != DEFAULT and not written:
            untouched.append(str(name))
        elif code != DEFAULT and are_ready(written):
            ready.append(str(name))
        elif code != DEFAULT:
            yield _translation_point(streak, code, names)
    if ready:
        values = {"languages": get_text_list(ready, _("and")), "default": names[DEFAULT]}
        sentence = _("Only with ready texts: %(languages)s. Members read the title and the rest in %(default)s.")
        yield Point(Need.ADVICE, sentence % values, _step_of(streak, "texts"))
    if untouched:
        values = {"languages": get_text_list(untouched, _("and")), "default": names[DEFAULT]}
        sentence = _(
            "Not translated: %(languages)s. Members who use these languages will see your texts in %(default)s."
        )
        yield Point(Need.ADVICE, sentence % values, _step_of(streak, "texts"))


def _translation_point(streak: Streak, code: str, names: Mapping[str, str]) -> Point:
    """Return how much of a streak members read in a language."""
    translated = len(texts_in(code, streak))
    values = {"language": names[code], "translated": translated, "of": len(STREAK_TEXTS), "default": names[DEFAULT]}
    address = _step_of(streak, f"texts-{code}")
    if translated == len(STREAK_TEXTS):
        return Point(Need.DONE, _("%(language)s: all texts are translated.") % values, address)
    sentence = _("%(language)s: %(translated)s of %(of)s texts are translated, the others are read in %(default)s.")
    return Point(Need.MISSING, sentence % values, address)


def _check_milestone_texts(milestones: Sequence[Milestone]) -> Iterator[Point]:
    title = build_localized_fieldname("eud_title", DEFAULT)
    how = build_localized_fieldname("eud_milestone_reward_instruction_message", DEFAULT)
    for one in milestones:
        if one.status != Status.LIVE:
            continue
        if not getattr(one, title):
            sentence = _("“%(milestone)s” has no title: members do not see what it brings.")
            yield Point(Need.MISSING, sentence % {"milestone": one}, page_of(one))
        if not getattr(one, how):
            sentence = _("“%(milestone)s” does not say how its reward is redeemed.")
            yield Point(Need.ADVICE, sentence % {"milestone": one}, page_of(one))


def _check_keys(address: str) -> Point:
    if ApiKey.objects.filter(status=Status.LIVE).exists():
        return Point(Need.DONE, _("Your servers have a live key to send activity with."), address)
    return Point(Need.MISSING, _("There is no live API key: no server of yours can send activity."), address)
