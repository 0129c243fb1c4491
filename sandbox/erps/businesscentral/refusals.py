"""How Business Central says no: a status, a code of one of its families, a sentence, and an id to ask its support with."""

from __future__ import annotations

import uuid
from typing import Any

NOTHING_SUCH = "No HTTP resource was found that matches the request URI."


class Refused(Exception):
    """An answer that is an error; whatever the call had changed is taken back."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence = status, code, sentence

    @property
    def body(self) -> dict[str, Any]:
        told = f"{self.sentence}  CorrelationId:  {uuid.uuid4()}."
        return {"error": {"code": self.code, "message": told}}


def bad(sentence: str, code: str = "BadRequest") -> Refused:
    """The request itself is wrong."""
    return Refused(400, code, sentence)


def dialog(sentence: str) -> Refused:
    """Its own logic says no, in the words that its users see."""
    return Refused(400, "Application_DialogException", sentence)


def wrong_field(sentence: str) -> Refused:
    return Refused(400, "Application_FieldValidationException", sentence)


def no_row(caption: str, id: object) -> Refused:
    return Refused(
        404,
        "Internal_RecordNotFound",
        f"The {caption} does not exist. Identification fields and values: SystemId='{{{id}}}'",
    )


def no_relation(field: str, table: str, value: str, related: str) -> Refused:
    return Refused(
        400,
        "Internal_InvalidTableRelation",
        f"The field {field} of table {table} contains a value ({value}) that cannot be found in the related table ({related}).",
    )


def same_key(caption: str, number: str) -> Refused:
    sentence = f"The {caption} already exists. Identification fields and values: No.='{number}'"
    return Refused(400, "Internal_EntityWithSameKeyExists", sentence)


def same_line(batch: str, number: int) -> Refused:
    """Of two lines that were numbered by the same last one, the later."""
    sentence = (
        "The Gen. Journal Line already exists. Identification fields and values: Journal Template Name='CASHRCPT',"
        f"Journal Batch Name='{batch}',Line No.='{number}'"
    )
    return Refused(400, "Internal_EntityWithSameKeyExists", sentence)


def no_segment(segment: str) -> Refused:
    return Refused(404, "BadRequest_ResourceNotFound", f"Resource not found for the segment '{segment}'.")


def no_method(method: str, set: str) -> Refused:
    sentence = (
        f"'{method}' requests for '{set}' of EdmType 'Entity' are not allowed within Dynamics 365 Business Central "
        "OData web services."
    )
    return Refused(405, "BadRequest_MethodNotAllowed", sentence)


def not_permitted(table: str, act: str) -> Refused:
    sentence = f"Sorry, the current permissions prevented the action. (TableData {table} {act})"
    return Refused(403, "Authorization_RequestDenied", sentence)


def not_let_in() -> Refused:
    """The same for a token that is none and for an application that is not registered inside."""
    return Refused(
        401, "Authentication_InvalidCredentials", "The server has rejected the client credentials."
    )
