"""An exact decimal column that behaves the same on SQLite and PostgreSQL."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from streaks.core.aggregation import DECIMAL_PLACES, MAX_UNITS

MAX_DIGITS = 18
MAX_VALUE = Decimal(MAX_UNITS).scaleb(-DECIMAL_PLACES)
UNIT = Decimal(1).scaleb(-DECIMAL_PLACES)


def as_units(value: Decimal) -> int:
    """Return an exact decimal in ten-thousandths, as the database and the core have it."""
    return int(value.scaleb(DECIMAL_PLACES))


def as_decimal(units: int) -> Decimal:
    """Return ten-thousandths as the decimal that they are."""
    return Decimal(units).scaleb(-DECIMAL_PLACES)


if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

    WholeNumberField = models.BigIntegerField[Any, Any]
else:
    WholeNumberField = models.BigIntegerField


class ExactDecimalField(WholeNumberField):
    """A `Decimal` with four places, stored as a whole number of ten-thousandths (S7).

    SQLite keeps its own decimals as floating point and loses digits after the fifteenth; whole numbers are exact on
    both databases, add up exactly in SQL, and compare and sort as numbers. The range is ±922,337,203,685,477.5807.
    """

    description = _("Exact decimal")
    # For the type checker: it is stored as a whole number, and takes and gives decimals.
    _pyi_private_set_type: "Decimal | int | str | Combinable"  # type: ignore[assignment]
    _pyi_private_get_type: Decimal  # type: ignore[assignment]

    def to_python(self, value: Any) -> Decimal | None:
        """Read a value given by a form or by code; more than four places are refused, never rounded."""
        if value is None or value == "":
            return None
        try:
            number = value if isinstance(value, Decimal) else Decimal(str(value))
            exact = number.is_finite() and number == number.quantize(UNIT)
        except ArithmeticError:
            exact = False
        if not exact:
            raise ValidationError(_("Enter a number with at most four decimal places."), code="invalid")
        return number

    def get_prep_value(self, value: Any) -> int | None:
        """Turn the decimal into ten-thousandths; also called for the right-hand side of lookups."""
        if value is None or hasattr(value, "resolve_expression"):
            return value  # type: ignore[no-any-return]
        number = self.to_python(value)
        return None if number is None else as_units(number)

    def from_db_value(self, value: int | None, *_args: object) -> Decimal | None:
        return None if value is None else as_decimal(value)

    def value_to_string(self, obj: models.Model) -> str:
        """Serialise as the decimal, so that fixtures read as people do."""
        return str(self.value_from_object(obj))

    def formfield(self, **kwargs: Any) -> Any:
        from django import forms

        return models.Field.formfield(
            self,
            **{"form_class": forms.DecimalField, "max_digits": MAX_DIGITS, "decimal_places": DECIMAL_PLACES, **kwargs},
        )
