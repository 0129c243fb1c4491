"""A bulk mutation: one line of the uploaded file is the variables of one call; errors stay with their line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
from graphql import FieldNode, OperationType

from sandbox.bulk_query import Line

if TYPE_CHECKING:
    from sandbox.resolve import Request

Refused = tuple[str, str, str]


def refusal(request: Request, mutation: str, path: str) -> Refused | None:
    assert request.documents is not None
    document = request.documents.read(mutation)
    if document.errors:
        return "INVALID_MUTATION", f"Failed to parse the mutation - {document.errors[0].message}", "mutation"
    operation = document.operation(None)
    if operation is None or operation.operation is not OperationType.MUTATION:
        return "INVALID_MUTATION", "Invalid operation type. Only mutations are supported.", "mutation"
    fields = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    if len(fields) != 1 or fields[0].name.value.startswith("bulkOperation"):
        return "INVALID_MUTATION", "Bulk mutations must have exactly one top-level field.", "mutation"
    if path not in request.world.files:
        return (
            "NO_SUCH_FILE",
            "The JSONL file could not be found. Try uploading the file again.",
            "stagedUploadPath",
        )
    if not _readable(request.world.files[path]):
        return "INVALID_STAGED_UPLOAD_FILE", "The file is not valid JSONL.", "stagedUploadPath"
    return None


def _readable(content: bytes) -> bool:
    """Only the beginning is looked at before it runs; a bad line further down is that line's own error."""
    try:
        return isinstance(orjson.loads(content.split(b"\n", 1)[0]), dict)
    except orjson.JSONDecodeError:
        return False


def lines(request: Request, mutation: str, path: str) -> Iterator[Line]:
    assert request.documents is not None
    own = replace(request, holds=frozenset(), key=None, breaks=False)
    document = request.documents.read(mutation)
    content = request.world.files[path]
    for number, text in enumerate(line for line in content.split(b"\n") if line.strip()):
        yield Line(text=orjson.dumps(_answer(own, document, text) | {"__lineNumber": number}), root=True)


def _answer(request: Request, document: Any, text: bytes) -> dict[str, Any]:
    assert request.documents is not None
    try:
        variables = dict(orjson.loads(text))
    except (orjson.JSONDecodeError, TypeError, ValueError):
        return {"data": None, "errors": [{"message": "The line is no JSON object."}]}
    result = request.documents.execute(document, None, variables, request)
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    return answer
