"""Lists of the administration that take every address."""

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db import DataError
from django.http import HttpRequest
from unfold.views import ChangeList


class StrictChangeList(ChangeList):
    """A list that reads its rows at once: Django takes care of filters that cannot be, not of values that cannot."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page; a value that the database does not take leads back to the list, as Django does it."""
        try:
            super().get_results(request)
            len(self.result_list)
        except (DataError, OverflowError, ValidationError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error
