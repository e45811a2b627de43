"""The API's own description (OpenAPI 3.1): who may call what with which parameters, and every answer to it."""

from typing import Any

from django.conf import settings
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc

from gamopanda.api.access.callers import KEY_HEADERS, TOKEN_HEADERS, CallerKind
from gamopanda.api.openapi.alternatives import split_alternatives
from gamopanda.api.openapi.errors import ERROR_RESPONSES, EVERYWHERE, HEADERS, SCHEMAS, references
from gamopanda.api.openapi.parameters import IDEMPOTENCY_KEY, PARAMETERS, describe_filter
from gamopanda.api.serializers.field_schemas import Schema, or_part
from gamopanda.api.serializers.language import has_translated_texts
from gamopanda.api.views import WRITING

# The same tree also answers without the version in front; it is described once.
UNVERSIONED = "/schema/"
# The name of each header's security scheme.
SCHEMES = {
    "x-api-key": ("apiKey", "The API key of one of your servers; goes with x-api-secret."),
    "x-api-secret": ("apiSecret", "The secret of the API key; goes with x-api-key."),
    "x-enduser-access-token": (
        "accessToken",
        (
            "A JWT of one end user, signed by your backend with an API secret (HS256, HS384 or HS512). Header: kid = "
            "the API key. Payload: sub = the account id, userData.externalId = the member's external id, exp = at most "
            "24 hours ahead. Goes with x-account-id."
        ),
    ),
    "x-account-id": ("accountId", "The account id of this installation; goes with x-enduser-access-token."),
}
CREDENTIALS: dict[CallerKind, dict[str, list[str]]] = {
    CallerKind.ADMIN: {SCHEMES[header][0]: [] for header in KEY_HEADERS},
    CallerKind.END_USER: {SCHEMES[header][0]: [] for header in TOKEN_HEADERS},
    CallerKind.GUEST: {},
}
SECURITY_SCHEMES = {
    name: {"type": "apiKey", "in": "header", "name": header, "description": text}
    for header, (name, text) in SCHEMES.items()
}
COMPONENTS: dict[str, Schema] = {
    "schemas": SCHEMAS,
    "headers": HEADERS,
    "responses": ERROR_RESPONSES,
    "securitySchemes": SECURITY_SCHEMES,
}
SUMMARIES = {
    "list": "List",
    "retrieve": "Get one",
    "create": "Create",
    "partial_update": "Update",
    "destroy": "Delete",
    "bulk": "Create many",
    "rotate": "Rotate the secret",
    "test": "Send a test event",
    "replay": "Send again what failed",
    "retry": "Send again",
    "query": "Read for many members",
    "merge": "Merge into another",
    "export": "Export everything about one",
    "clock": "Set the clock of a sandbox member",
    "put_by_external_id": "Create or update by external id",
}
DESCRIPTIONS = {
    "list": "One page of the records that match, newest first unless sortBy says otherwise.",
    "retrieve": "One record by its id.",
    "destroy": "Delete one record.",
}
BODY_NOTE = (
    "A field that is not known is refused by name (unknown_field); the record's own read-only fields are ignored, so "
    "that a record that was read can be sent back."
)
MEANINGS = {
    "200": "Done; what was asked for is in data.",
    "201": "Created; the record is in data, as reading it shows it.",
    "204": "Deleted; there is no body.",
}


class EnvelopeSchema(AutoSchema):
    """Reads what every view says of itself: who may call, which parameters it knows, and whether it is a list."""

    view: Any

    def get_summary(self) -> str:
        """Say in a few words what an operation does."""
        return f"{SUMMARIES[self.view.action]}: {self.get_tags()[0].replace('_', ' ').replace('-', ' ')}"

    def get_description(self) -> str:  # type: ignore[override]  # as in drf-spectacular
        """Say what an operation does, to what, and what becomes of fields that a body should not have."""
        own, resource = super().get_description(), get_doc(type(self.view))
        said = [own, resource] if own != resource else [DESCRIPTIONS[self.view.action], resource]
        return " ".join([*said, BODY_NOTE] if self.view.action in WRITING else said)

    def get_override_parameters(self) -> list[Any]:
        """Describe the parameters that all resources share; a filter set describes its own."""
        known = self.view.query_parameters()
        shared = [parameter for parameter in PARAMETERS if parameter.name in known]
        return [*shared, *([IDEMPOTENCY_KEY] if self._makes_once() else [])]

    def _makes_once(self) -> bool:
        return self.view.action in getattr(self.view, "makes_once", ())

    def _get_parameters(self) -> list[Schema]:
        """Add the languages that texts can be written in, and to each plain filter what its field means."""
        parameters: list[Schema] = super()._get_parameters()
        fields = self.view.get_serializer().fields
        shared = {parameter.name for parameter in PARAMETERS}
        for parameter in parameters:
            if parameter["name"] == "languageCode" and self._writes_texts():
                parameter["schema"] = {**parameter["schema"], "enum": [code for code, _name in settings.LANGUAGES]}
                parameter["schema"]["examples"] = [settings.LANGUAGE_CODE]
            elif parameter["name"] not in shared and parameter["in"] != "header":
                describe_filter(parameter, fields)
        return parameters

    def _writes_texts(self) -> bool:
        return self.view.action in WRITING and has_translated_texts(self.view.get_queryset().model)

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Return the credentials of each kind of caller that may do this."""
        return [CREDENTIALS[CallerKind(kind)] for kind in self._callers()]

    def _callers(self) -> list[str]:
        return [kind for kind, operations in self.view.allowed.items() if self.view.action in operations]

    def get_tags(self) -> list[str]:
        """Group operations by resource."""
        return [self._tokenize_path()[1 if "/schema/" in self.path else 0]]

    def get_operation_id(self) -> str:
        """Name an operation after what it does to which resource, such as `list_streak`."""
        return f"{self.view.action}_{self.get_tags()[0].replace('-', '_')}"

    def _is_list_view(self, serializer: Any = None) -> bool:
        return bool(self.view.action == "list" and self.view.pagination_class)

    def _get_request_body(self, direction: Any = "request") -> Schema | None:
        """Require a body where one is read, and suggest one that is taken."""
        body: Schema | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        if body is None:
            return None
        if self.view.action in self.view.body_examples:
            body["content"]["application/json"]["example"] = self.view.body_examples[self.view.action]
        return {**body, "required": True}

    def _get_response_bodies(self, direction: Any = "response") -> Schema:
        """Complete the answers that succeed, and add every refusal that this operation can meet."""
        answers: Schema = super()._get_response_bodies(direction)
        has_fields = "fields" in self.view.query_parameters()
        for status, answer in answers.items():
            answer["description"] = answer.get("description") or MEANINGS[status]
            answer["headers"] = {**EVERYWHERE, **answer.get("headers", {})}
            if self.view.action == "create":
                answer["links"] = self._links()
            for content in answer.get("content", {}).values():
                content["schema"] = _enveloped(content["schema"], has_fields=has_fields)
        return {**answers, **references(self._refusals())}

    def _links(self) -> Schema:
        """Return what can be done next with a record that was made."""
        offered: set[str] = set().union(*self.view.allowed.values())
        resource = self.get_operation_id().removeprefix(f"{self.view.action}_")
        return {
            f"{action}_{resource}": {
                "operationId": f"{action}_{resource}",
                "parameters": {"id": "$response.body#/data/id"},
                "description": f"{SUMMARIES[action]}, by the id of the answer.",
            }
            for action in ("retrieve", "partial_update", "destroy")
            if action in offered
        }

    def _refusals(self) -> set[int]:
        statuses = {400, 401, 429, 500, 503}
        if len(self._callers()) < len(CallerKind):
            statuses |= {403}
        if "{id}" in self.path:
            statuses |= {404}
        if self.view.action in self.view.refuses_repeats or self._makes_once():
            statuses |= {409}
        if self.method in ("POST", "PUT", "PATCH"):
            statuses |= {413, 415}
        return statuses


def leave_out_unversioned(endpoints: list[Any]) -> list[Any]:
    """Describe every operation once, under its versioned address."""
    return [endpoint for endpoint in endpoints if not endpoint[0].startswith(UNVERSIONED)]


def add_components(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Add errors, the ways in, and for each record the part of it that `fields` picks."""
    for kind, components in COMPONENTS.items():
        result["components"].setdefault(kind, {}).update(components)
    schemas = result["components"]["schemas"]
    split_alternatives(schemas)
    for name in sorted(_names_of_parts(result)):
        schemas[f"{name}Part"] = _part_of(schemas[name])
    return result


def _enveloped(schema: Schema, *, has_fields: bool) -> Schema:
    """Put one record into `data`; with `fields`, it may be a part of the record. A list has done both already."""
    if schema.get("$ref", "").startswith("#/components/schemas/Paginated"):
        return schema
    data = or_part(schema) if has_fields else schema
    return {"type": "object", "required": ["data"], "properties": {"data": data}}


def _names_of_parts(node: Any) -> set[str]:
    if isinstance(node, dict):
        reference = node.get("$ref", "")
        own = {reference.rpartition("/")[2].removesuffix("Part")} if reference.endswith("Part") else set()
        return own.union(*map(_names_of_parts, node.values()))
    return set().union(*map(_names_of_parts, node)) if isinstance(node, list) else set()


def _part_of(record: Schema) -> Schema:
    part = {name: value for name, value in record.items() if name != "required"}
    return {**part, "description": "Those of the record's fields that the query parameter fields names."}
