"""How the write path says no."""


class Refused(Exception):
    """A log that the rules do not let in; nothing was stored.

    `code` is the API's error code; when it is `validation_error`, `field` names the attribute of the log that is
    wrong and `detail_code` says how.
    """

    def __init__(self, code: str, message: str, *, field: str = "", detail_code: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.detail_code = detail_code
