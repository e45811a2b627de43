"""Files of coupon codes as shops export them, and the page that shows what would be added."""

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from rewards.admin.code_sheet import as_text, guess_column, read_codes, read_file, read_table, read_text
from rewards.models import PoolCode
from streaks.tests.calling import make_milestone, make_streak


def codes_of(content: bytes) -> list[str]:
    """Return the codes of a file."""
    rows = read_file(BytesIO(content), name="codes")
    return read_codes(rows, guess_column(rows)).codes


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"Code,Times Used In Total\nAA1,0\nAA2,3\n", ["AA1", "AA2"]),
        (b'"QQ1"\r\n"QQ2"\r\n', ["QQ1", "QQ2"]),
        (b"CC1,2026-12-31,10%\nCC2,2026-12-31,10%\n", ["CC1", "CC2"]),
        (b"SS1;\nSS2;\n", ["SS1", "SS2"]),
        (b"A1,B2,C3", ["A1", "B2", "C3"]),
        (b"uses\tcoupon code\n1\tT1\n2\tT2\n", ["T1", "T2"]),
        ("Name|Gutscheincode\nAnn|G1\n".encode("utf-16"), ["G1"]),
        ("\ufeffX1\n\nX2".encode(), ["X1", "X2"]),
    ],
)
def test_codes_are_found_in_what_a_shop_exports(content: bytes, codes: list[str]) -> None:
    assert codes_of(content) == codes


@pytest.mark.sqlite
def test_codes_are_found_in_a_workbook() -> None:
    book = openpyxl.Workbook()
    for row in (["Used", "Code"], [0, "W1"], [1, 12345]):
        book.worksheets[0].append(row)
    file = BytesIO()
    book.save(file)
    assert codes_of(file.getvalue()) == ["W1", "12345"]


@pytest.mark.sqlite
def test_all_that_is_left_out_is_named() -> None:
    sheet = read_codes([[cell] for cell in ("Code", "A1", "", "A1", "a1", "=1+1", "B\x07", "x" * 300, "B1")], 0)
    assert sheet.codes == ["A1", "B1"]
    assert [(each.text, each.number) for each in sheet.findings] == [
        ("heading", 1),
        ("blank", 1),
        ("twice", 1),
        ("the same but for capitals or Unicode form", 1),
        ("formula", 1),
        ("control characters, or too long", 2),
    ]


@pytest.mark.sqlite
def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(ValidationError, match="neither XLSX nor text"):
        read_file(BytesIO(b"\xff\x00\x81"), name="codes")
    with pytest.raises(ValidationError, match="cannot be told apart"):
        read_text('"' + "x" * 200_000)


@pytest.mark.sqlite
def test_the_page_carries_cells_as_they_are() -> None:
    rows = [["a\tb", 'say "x"'], ["=1", ""]]
    assert read_table(as_text(rows)) == rows
    assert read_text("") == []


@pytest.mark.django_db
def test_codes_are_looked_at_before_they_are_added_and_the_column_can_be_chosen(admin_client: Client) -> None:
    milestone = make_milestone(make_streak(), 1, coupon_source="pool")
    address = reverse("admin:rewards_poolcode_upload", args=[milestone.pk])
    lines = "".join(f"N{number},K{number}\n" for number in range(30))
    file = SimpleUploadedFile("codes.csv", f"Name,Code\n{lines}".encode())
    page: Any = admin_client.post(address, {"file": file, "preview": "1"})
    sheet = page.context["sheet"]
    assert (sheet.first[0], sheet.first[-1], sheet.last[0], sheet.last[-1]) == ("K0", "K9", "K20", "K29")
    assert "30 codes would be added" in page.content.decode()
    assert not PoolCode.objects.exists()
    table = page.context["table"]
    other = admin_client.post(address, {"table": table, "column": "0", "preview": "1"})
    assert other.context["sheet"].codes[1] == "N0"
    assert not PoolCode.objects.exists()
    assert admin_client.post(address, {"table": table, "column": "1"}).status_code == 302
    assert PoolCode.objects.count() == 30
    assert PoolCode.objects.filter(code="K29").exists()


@pytest.mark.django_db
def test_nothing_to_look_at_is_said(admin_client: Client) -> None:
    milestone = make_milestone(make_streak(), 1, coupon_source="pool")
    address = reverse("admin:rewards_poolcode_upload", args=[milestone.pk])
    page = admin_client.post(address, {"pasted": " ", "preview": "1"})
    assert "Paste at least one code, or choose a file." in page.content.decode()


@pytest.mark.django_db
def test_the_list_of_codes_leads_to_the_pools_with_what_is_left(admin_client: Client) -> None:
    milestone = make_milestone(make_streak(), 1, coupon_source="pool")
    PoolCode.objects.create(milestone=milestone, code="A1")
    chosen = reverse("admin:rewards_poolcode_choose_pool")
    assert f'href="{chosen}"' in admin_client.get("/admin/rewards/poolcode/").content.decode()
    page = admin_client.get(chosen).content.decode()
    assert f'href="{reverse("admin:rewards_poolcode_upload", args=[milestone.pk])}"' in page
    assert "1 free code" in page
