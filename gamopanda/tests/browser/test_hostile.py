"""Whatever people put into it, the display shows as text; and it shows nothing of one member to another."""

from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import BrowserContext, Page, expect

from gamopanda.tests.browser.programme import NOON, days, expired_token, log, make_coffee, token_of
from gamopanda.tests.browser.shop import Display, Shop, requests_of
from gamopanda.widget.models import WidgetText
from streaks.models import Milestone, Streak
from streaks.tests.calling import end_user, guest, make_milestone, make_streak

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

HOSTILE = (
    '<img src=x onerror="window.hacked=1">',
    "<script>window.hacked=1</script>",
    "\"><svg onload='window.hacked=1'>",
    "</style><b>bold</b> javascript:window.hacked=1",
    "{{constructor}} {{currentProgressValue}} ${7*7} {%x%}",
    "\u202egnp.exe\u202c \u2067abc",
    "🔥" * 48,
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk",
)
FIXED_TEXTS = (
    "panel_title",
    "streaks_tab",
    "rewards_tab",
    "today",
    "milestones_heading",
    "copy_button",
    "how_to_redeem",
    "rewards_ready",
)
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="window.hacked=1">'
    "<script>window.hacked=1</script><circle cx='4' cy='4' r='4'/></svg>"
)


def make_hostile(text: str) -> Streak:
    """Make a streak, its prize and a text of the panel that all try the same."""
    short, label = text[:48], text[:32]
    messages = [field.name for field in Streak._meta.get_fields() if field.name.endswith("_message_en")]
    streak = make_streak(
        time_zone=NOON,
        eud_title_en=short,
        eud_description_en=text,
        eud_in_progress_label_en=label,
        eud_view_details_button_text_en=label,
        **dict.fromkeys(messages, text),
    )
    streak.eud_icon.save("icon.svg", ContentFile(ICON.encode()))
    make_milestone(
        streak,
        1,
        coupon_source=Milestone.CouponSource.FIXED,
        coupon_code=text,
        eud_title_en=short,
        eud_description_en=text,
        eud_milestone_reward_instruction_message_en=text,
    )
    return streak


def test_hostile_texts_and_icons_are_text_and_pictures_everywhere(page: Page, shop: Shop) -> None:
    # The newest comes first, in the display as in the database.
    streaks = [make_hostile(text) for text in HOSTILE]
    for streak in streaks:
        log(streak)
    WidgetText.objects.bulk_create(
        WidgetText(key=key, text_en=text) for key, text in zip(FIXED_TEXTS, HOSTILE, strict=True)
    )
    page.set_viewport_size({"width": 320, "height": 760})
    display = shop.visit(page, accessToken=token_of()).open()
    newest_first = HOSTILE[::-1]
    expect(display.body.locator("h3")).to_have_count(len(HOSTILE))
    assert display.body.locator("h3").all_text_contents() == [text[:48] for text in newest_first]
    assert display.body.locator(".status span").all_text_contents() == [text[:32] for text in newest_first]
    assert display.panel.locator("h2").text_content() == HOSTILE[0]
    decode = "async icon => { await icon.decode(); return icon.naturalWidth > 0; }"
    icons = display.body.locator("img.icon").all()
    assert [icon.evaluate(decode) for icon in icons] == [True] * len(HOSTILE)
    names = [streak.eud_icon.name for streak in reversed(streaks)]
    assert [urlsplit(icon.get_attribute("src")).path for icon in icons] == [f"/media/{name}" for name in names]
    assert_harmless(display)

    for streak, text in zip(streaks, HOSTILE, strict=True):
        display.key(f"details-{streak.pk}").click()
        assert display.body.locator(".ladder h4").text_content() == text[:48]
        assert_harmless(display)
        display.key("back").click()

    display.key("tab-rewards").click()
    assert display.body.locator("code").all_text_contents() == [*newest_first]
    for number, text in enumerate(newest_first):
        display.body.locator("summary").nth(number).click()
        assert display.body.locator("details p").nth(number).text_content() == text
    assert_harmless(display)
    display.photograph("hostile-rewards")
    assert page.evaluate("window.hacked") is None


def test_a_hostile_title_of_the_launcher_is_text(page: Page, shop: Shop) -> None:
    log(make_hostile(HOSTILE[0]))
    display = shop.visit(page, accessToken=token_of())
    for text in HOSTILE:
        page.evaluate("title => { Gamopanda.initialize({ accountId: 'gamopanda', launcherTitle: title }); }", text)
        expect(display.launcher).to_be_visible()
        assert display.launcher.locator(".title").text_content() == text[:48]
        assert display.launcher.text_content() == text[:48]
    assert page.evaluate("window.hacked") is None


def assert_harmless(display: Display) -> None:
    """Hold what is shown to being text, within the panel."""
    display.settle()
    assert display.too_wide() == []
    foreign = "b, script, iframe, object, embed, [onerror], [onload], svg [href], a[href^='javascript']"
    assert display.panel.locator(foreign).count() == 0
    assert display.page.evaluate("window.hacked") is None


def test_addresses_that_run_are_no_addresses(page: Page, shop: Shop) -> None:
    make_coffee()
    display = shop.visit(page, signInUrl="javascript:window.hacked=1").open()
    expect(display.body).to_contain_text("Sign in to start")
    assert display.body.locator("a").count() == 0
    assert page.evaluate("window.hacked") is None


def test_colours_and_fonts_of_the_page_cannot_load_anything(page: Page, shop: Shop) -> None:
    make_coffee()
    made = requests_of(page)
    theme = {
        "primaryColor": "url(https://elsewhere.example/a)",
        "fontFamily": "x; background: url(//elsewhere.example)",
    }
    display = shop.visit(page, theme=theme).open()
    expect(display.body).to_contain_text("Coffee every day")
    assert not [request.url for request in made if "elsewhere" in request.url]
    assert display.problems() == []


def test_the_token_stays_in_memory(page: Page, context: BrowserContext, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    token = token_of()
    display = shop.visit(page, accessToken=token).open()
    display.key("tab-rewards").click()
    expect(display.body).to_contain_text("SAVE5-")
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert token not in stored
    assert "SAVE5-" not in stored
    assert context.cookies() == []
    # Nothing of a member lies in a cache of the browser either.
    assert page.evaluate("caches.keys()") == []
    assert page.evaluate("(token) => !document.documentElement.outerHTML.includes(token)", token)
    assert token not in page.evaluate("JSON.stringify(Object.values(window.display).map(String))")


def test_one_member_never_sees_what_was_kept_of_another(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0, of="bob")
    display = shop.visit(page, accessToken=token_of("bob")).open()
    display.key("tab-rewards").click()
    expect(display.body).to_contain_text("SAVE5-")
    # Nothing of the first is left while the second is on the way.
    page.route("**/end-user-display*", lambda route: None)
    page.evaluate("(token) => { window.display.setAccessToken(token); }", token_of("ann"))
    expect(display.body).to_have_attribute("aria-busy", "true")
    expect(display.body).not_to_contain_text("SAVE5-")
    page.unroute("**/end-user-display*")
    page.evaluate("window.display.refresh()")
    expect(display.body).to_contain_text("No rewards yet")
    page.evaluate("window.display.setAccessToken(null)")
    expect(display.body).to_contain_text("Sign in to start")


def test_a_token_that_comes_late_is_not_given_to_a_member_who_has_signed_in_meanwhile(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0, of="ann")
    shop.visit(page)
    with page.expect_response(lambda answer: answer.status == 401):
        page.evaluate(
            """([expired, anns, bobs]) => {
              const renewed = new Promise((resolve) => { window.answerForAnn = () => resolve(anns); });
              const options = { accountId: "gamopanda", accessToken: expired, refreshAccessToken: () => renewed };
              window.display = Gamopanda.initialize(options);
              window.signInAsBob = () => window.display.setAccessToken(bobs);
            }""",
            [expired_token("ann"), token_of("ann"), token_of("bob")],
        )
    page.evaluate("async () => { await window.signInAsBob(); window.answerForAnn(); }")
    display = Display(page).open()
    page.evaluate("window.display.refresh()")
    display.key("tab-rewards").click()
    expect(display.body).to_contain_text("No rewards yet")


def test_caches_keep_nothing_that_they_could_show_to_another() -> None:
    make_coffee()
    path = "/api/v1.0/end-user-display"
    for reader, audience in ((end_user("ann"), "private"), (guest(), "public")):
        headers = reader.get(path).headers
        assert headers["Cache-Control"] == f"{audience}, no-cache"
        vary = {name.strip().lower() for name in headers["Vary"].split(",")}
        assert {"x-enduser-access-token", "x-account-id"} <= vary
        assert "Set-Cookie" not in headers


def test_the_data_request_asks_the_browser_to_keep_nothing_and_knows_an_unchanged_answer(
    page: Page, shop: Shop
) -> None:
    make_coffee()
    display = shop.visit(page, accessToken=token_of()).open()
    expect(display.body).to_contain_text("Coffee every day")
    with page.expect_response("**/end-user-display*") as answered:
        page.evaluate("window.display.refresh()")
    assert answered.value.status == 304
    assert answered.value.request.headers["if-none-match"]
    expect(display.body).to_contain_text("Coffee every day")


def test_a_page_that_forbids_storage_and_cookies_shows_everything(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } });"
    )
    display = shop.visit(page, accessToken=token_of())
    expect(display.launcher.locator(".badge")).to_have_text("1")
    display.open().key("tab-rewards").click()
    expect(display.body).to_contain_text("SAVE5-")
    expect(display.launcher.locator(".badge")).to_have_count(0)
    expect(display.panel.get_by_role("tab", name="Rewards", exact=True)).to_be_visible()
