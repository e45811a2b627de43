"""The page of the widget in the administration: one page, saved as a whole or not at all."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import model_to_dict
from django.test import Client
from django.urls import reverse

from gamopanda.widget.display import read_written, widget_display
from gamopanda.widget.forms import field_of
from gamopanda.widget.models import WidgetSettings, WidgetText

pytestmark = pytest.mark.django_db

PAGE = "/admin/widget/widgetsettings/1/change/"


def form_of(client: Client) -> Any:
    """Return the form of the page as it is shown."""
    client.get("/admin/widget/widgetsettings/")
    return client.get(PAGE).context["adminform"].form


def save(client: Client, **changes: Any) -> Any:
    """Send the form back with some changes, without a look at it: to draw it takes longer than all the rest."""
    client.get("/admin/widget/widgetsettings/")
    # A browser sends a file only where one was chosen.
    values = model_to_dict(WidgetSettings.objects.get(), exclude=["launcher_image"])
    texts = {field_of(key, code): text for key, found in read_written().items() for code, text in found.items()}
    return client.post(PAGE, {**values, **texts, **changes})


def errors(answer: Any) -> dict[str, list[str]]:
    """Return what a page that was not saved says is wrong."""
    return dict(answer.context["adminform"].form.errors)


def test_the_menu_leads_to_the_one_page(admin_client: Client) -> None:
    answer = admin_client.get("/admin/widget/widgetsettings/")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert "/admin/widget/widgetsettings/" in admin_client.get("/admin/").content.decode()
    assert admin_client.get("/admin/widget/widgetsettings/add/").status_code == 403
    assert admin_client.post("/admin/widget/widgetsettings/1/delete/").status_code == 403
    assert WidgetSettings.objects.count() == 1


def test_every_text_is_a_field_that_shows_what_is_read_while_it_is_empty(admin_client: Client) -> None:
    WidgetText.objects.create(key="panel_title", text_en="Streak club")
    fields = form_of(admin_client).fields
    assert (fields[field_of("panel_title", "en")].initial) == "Streak club"
    placeholder = {
        name: fields[name].widget.attrs["placeholder"]
        for name in ("text__panel_title__en", "text__panel_title__de", "text__close_button__ar")
    }
    assert placeholder == {
        "text__panel_title__en": "Your streaks",
        "text__panel_title__de": "Deine Serien",
        "text__close_button__ar": "إغلاق",
    }
    assert fields["text__close_button__ar"].widget.attrs["dir"] == "rtl"


def test_what_is_saved_is_shown_and_what_is_emptied_is_gone(admin_client: Client) -> None:
    answer = save(
        admin_client,
        primary_color="#0f766e",
        alignment="bottom_left",
        text__panel_title__de="Serienklub",
        text__time_left__en="Hurry: {{ time }}",
    )
    assert answer.status_code == 302
    shown = widget_display("de")
    assert (shown["theme"]["primaryColor"], shown["launcher"]["alignment"]) == ("#0f766e", "bottom_left")
    assert shown["texts"]["panelTitle"] == "Serienklub"
    assert widget_display("en")["texts"]["timeLeft"] == "Hurry: {{ time }}"
    assert sorted(WidgetText.objects.values_list("key", flat=True)) == ["panel_title", "time_left"]

    assert save(admin_client, text__panel_title__de="").status_code == 302
    assert widget_display("de")["texts"]["panelTitle"] == "Deine Serien"
    assert list(WidgetText.objects.values_list("key", flat=True)) == ["time_left"]


def test_colours_without_contrast_are_refused_and_nothing_is_saved(admin_client: Client) -> None:
    answer = save(
        admin_client, primary_color="#facc15", primary_text_color="#ffffff", text__panel_title__de="Serienklub"
    )
    assert errors(answer) == {
        "primary_text_color": ["This text on “main colour” has a contrast of 1.53: at least 4.5 is needed (WCAG AA)."]
    }
    assert WidgetSettings.objects.get().primary_color == "#7c3aed"
    assert not WidgetText.objects.exists()


def test_variables_that_a_text_does_not_have_are_refused_with_those_that_it_has(admin_client: Client) -> None:
    answer = save(admin_client, text__time_left__fr="Encore {{temps}}", text__close_button__fr="{{time}}")
    assert errors(answer) == {
        "text__time_left__fr": ["There is no temps in this text. It may contain: {{time}}"],
        "text__close_button__fr": ["There is no time in this text. It may contain: –"],
    }


def test_S31_braces_that_members_would_read_are_refused(admin_client: Client) -> None:
    answer = save(admin_client, text__time_left__fr="Encore {{time}", text__new_rewards__en="{{ no count }} new")
    assert errors(answer) == {
        "text__time_left__fr": ["“{{” has no matching “}}”: write a variable as {{name}}."],
        "text__new_rewards__en": ["There is no no count in this text. It may contain: {{count}}"],
    }
    assert not WidgetText.objects.exists()


def test_texts_are_as_long_as_they_may_be(admin_client: Client) -> None:
    assert list(errors(save(admin_client, text__launcher_title__en="x" * 49))) == ["text__launcher_title__en"]
    assert save(admin_client, text__launcher_title__en="x" * 48).status_code == 302


def test_the_lines_to_paste_are_text_and_name_this_installation(admin_client: Client) -> None:
    form_of(admin_client)
    page = admin_client.get(PAGE).content.decode()
    assert "&lt;script src=&quot;http://testserver/static/widget/gamopanda.js&quot; async&gt;&lt;/script&gt;" in page
    assert "accountId: &quot;gamopanda&quot;" in page


def test_the_preview_is_for_administrators_and_for_our_own_frame(client: Client, admin_client: Client) -> None:
    address = reverse("admin:widget_preview")
    assert Client().get(address).status_code == 302
    answer = admin_client.get(address)
    assert (answer.status_code, answer["X-Frame-Options"]) == (200, "SAMEORIGIN")


def test_the_page_has_a_field_for_every_setting(admin_client: Client) -> None:
    shown = {name for name in form_of(admin_client).fields if not name.startswith("text__")}
    assert shown == {field.name for field in WidgetSettings._meta.get_fields()} - {"id", "updated_at"}


def test_an_icon_of_ones_own_becomes_harmless_and_is_what_the_display_shows(
    admin_client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" onload="hacked()"><script>hacked()</script><path d="M0 0h9"/></svg>'
    )
    answer = save(admin_client, launcher_image=SimpleUploadedFile("../<b>.svg", drawing.encode()))
    assert answer.status_code == 302
    address = widget_display("en")["launcher"]["launcherIcon"]
    assert re.fullmatch(r"/media/icons/[0-9a-f]{64}\.svg", str(address))
    served = Client().get(str(address))
    assert b'<path d="M0 0h9"' in b"".join(served)
    assert b"hacked" not in b"".join(Client().get(str(address)))
    assert served.headers["Content-Security-Policy"].endswith("sandbox")
    shown = Client().get("/api/v1.0/end-user-display").json()["data"]["widget"]["launcher"]["launcherIcon"]
    assert shown == f"http://testserver{address}"
    page = admin_client.get(PAGE).content.decode()
    assert f'data-launcher-image="http://testserver{address}"' in page

    assert save(admin_client, **{"launcher_image-clear": "on"}).status_code == 302
    assert widget_display("en")["launcher"]["launcherIcon"] == "flame"


def test_a_file_that_is_no_picture_is_refused_and_nothing_is_saved(admin_client: Client) -> None:
    answer = save(admin_client, launcher_image=SimpleUploadedFile("a.png", b"<html>"), alignment="bottom_left")
    assert errors(answer) == {
        "launcher_image": ["This is not an image that can be read. Use an undamaged PNG, JPEG, GIF or SVG file."]
    }
    assert (WidgetSettings.objects.get().alignment, WidgetSettings.objects.get().launcher_image.name) == (
        "bottom_right",
        "",
    )
