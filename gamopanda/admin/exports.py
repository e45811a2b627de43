"""Exports of lists, as long as they may be: rows are read and written in turn, so that only the file is in memory."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import slugify
from import_export.admin import ExportMixin
from import_export.formats import base_formats
from import_export.widgets import DateTimeWidget
from unfold.contrib.import_export.forms import ExportForm

from gamopanda.admin.sheets import Row, csv_parts, xlsx_bytes

INSTANT = DateTimeWidget(format="%Y-%m-%dT%H:%M:%SZ")


class CSV(base_formats.CSV):
    """CSV in which nothing runs as a formula."""

    def export_data(self, dataset: Iterator[Row], **kwargs: Any) -> Iterator[bytes]:
        """Return the parts of the file."""
        return csv_parts(dataset)


class XLSX(base_formats.XLSX):
    """A workbook in which all texts are texts."""

    def export_data(self, dataset: Iterator[Row], **kwargs: Any) -> bytes:
        """Return the file; raises `ValueError`, whose text people read, when the rows are too many for one."""
        return xlsx_bytes(dataset)


class BigExportMixin(ExportMixin):
    """A list that can be exported as it is filtered, to CSV and XLSX; view permission is enough."""

    export_form_class = ExportForm
    export_formats = [XLSX, CSV]

    def get_export_filename(self, request: HttpRequest, queryset: "QuerySet[Any]", file_format: Any) -> str:
        """Name the file after what is in it, as people call it, and the day."""
        name = slugify(str(self.model._meta.verbose_name_plural))
        return f"{name}-{timezone.localdate().isoformat()}.{file_format.get_extension()}"

    def get_data_for_export(self, request: HttpRequest, queryset: "QuerySet[Any]", **kwargs: Any) -> Iterator[Row]:
        """Return the heading and a row for each record, which are read as they are written."""
        resource = self.choose_export_resource_class(kwargs.get("export_form"), request)()
        return chain([resource.get_export_headers()], map(resource.export_resource, resource.iter_queryset(queryset)))
