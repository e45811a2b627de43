"""What the API's description tells of the fields of members and API keys, by their names on the wire."""

from gamopanda.api.explaining import NOT_BLANK, value

PERSON = {
    "externalId": value(
        "Your own name for this person: any stable string, unique, kept exactly as it is.", "customer-17"
    ),
    "firstName": value("Given name; may be empty.", "Ann"),
    "lastName": value("Family name; may be empty.", "Smith"),
    "email": value("E-mail address; may be empty.", "ann@example.com"),
    "phoneNumber": value("Phone number in E.164 form: a plus, then 2 to 15 digits; may be empty.", "+14155550123"),
}
MEMBER = {
    **PERSON,
    "status": value("Only live members earn: draft, live or paused. New ones are live.", "live"),
}
API_KEY = {
    "name": value("What uses this key; unique.", "checkout", pattern=NOT_BLANK),
    "description": value("For you and your colleagues; may be empty.", "Posts orders when they are paid."),
    "apiKey": value(
        "The key itself, for x-api-key and as kid of access tokens.",
        "gk_5f0c1d2e3b4a59687786a5b4c3d2",
        maxLength=32,
    ),
    "apiSecret": value(
        "The secret, for x-api-secret and for signing access tokens: shown this once, keep it.",
        "6b1f9c0d2e4a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c",
        maxLength=64,
    ),
    "status": value("Only live keys work: draft, live or paused. Pause or delete a key to revoke it.", "live"),
}
