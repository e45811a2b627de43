"""What an export of members has in its columns."""

from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from import_export.resources import ModelResource

from gamopanda.accounts.models import Member
from gamopanda.admin.exports import INSTANT


class MemberResource(ModelResource):
    """A member in one line."""

    external_id = Field("external_id", _("external id"))
    first_name = Field("first_name", _("first name"))
    last_name = Field("last_name", _("last name"))
    email = Field("email", _("e-mail"))
    phone_number = Field("phone_number", _("phone number"))
    status = Field("status", _("status"))
    created_at = Field("created_at", _("created at"), INSTANT)
    id = Field("id", _("id"))

    class Meta:
        """The columns in this order."""

        model = Member
        fields = ("external_id", "first_name", "last_name", "email", "phone_number", "status", "created_at", "id")
