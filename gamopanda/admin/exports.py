"""Exports of lists, as long as they may be: rows are read and written in turn, so that only the file is in memory."""

from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV, XLSX
from import_export.widgets import DateTimeWidget
from unfold.contrib.import_export.forms import ExportForm

from gamopanda.sheets import csv_parts, xlsx_bytes

INSTANT = DateTimeWidget(format="%Y-%m-%dT%H:%M:%SZ")


class BigExportMixin(ExportMixin):
    """A list that can be exported as it is filtered, to CSV and XLSX; view permission is enough."""

    export_form_class = ExportForm
    export_formats = [XLSX, CSV]

    def _do_file_export(
        self, file_format: Any, request: HttpRequest, queryset: "QuerySet[Any]", export_form: Any = None
    ) -> HttpResponseBase:
        """Send the whole list; raises `ValueError`, which is shown, when it does not fit into the format."""
        resource = self.choose_export_resource_class(export_form, request)()
        fields = resource.get_export_fields()
        records = resource.iter_queryset(queryset)
        lines = ([field.export(record) for field in fields] for record in records)
        rows = chain([resource.get_export_headers()], lines)
        is_workbook = isinstance(file_format, XLSX)
        answer = HttpResponse(xlsx_bytes(rows)) if is_workbook else StreamingHttpResponse(csv_parts(rows))
        answer["Content-Type"] = file_format.get_content_type()
        name = self.get_export_filename(request, queryset, file_format)
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
