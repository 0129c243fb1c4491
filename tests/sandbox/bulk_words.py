"""What the tests of bulk operations share: the documents, uploads, and waiting for an end."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.patience import FAR
from tests.sandbox.stock_words import SET, level, pair, wanted

STAGE = """mutation Stage($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) {
  stagedTargets { url resourceUrl parameters { name value } } userErrors { field message } } }"""
RUN = """mutation Run($mutation: String!, $path: String!) {
  bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path) {
    bulkOperation { id status type } userErrors { code field message } } }"""
ASK = """mutation Ask($query: String!, $grouped: Boolean!) {
  bulkOperationRunQuery(query: $query, groupObjects: $grouped) {
    bulkOperation { id status url } userErrors { code field message } } }"""
STATE = """query State($id: ID!) { bulkOperation(id: $id) { id status errorCode type objectCount rootObjectCount
  fileSize url partialDataUrl completedAt query } }"""
CANCEL = "mutation C($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }"
SKUS = "{ inventoryItems { edges { node { id sku } } } }"
FILE = {"resource": "BULK_MUTATION_VARIABLES", "filename": "stock.jsonl", "mimeType": "text/jsonl"}


async def staged(store: Any, lines: list[Any], method: str = "POST") -> str:
    """Upload lines; answers their path."""
    content = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    target = (await store.ask(STAGE, input=[FILE | {"httpMethod": method}]))["stagedUploadsCreate"][
        "stagedTargets"
    ][0]
    fields = {entry["name"]: entry["value"] for entry in target["parameters"]}
    if method == "POST":
        sent = await store.client.post(target["url"], data=fields, files={"file": ("stock.jsonl", content)})
        assert sent.status_code == 201
        return fields["key"]
    sent = await store.client.put(target["url"], content=content, headers={"Content-Type": "text/jsonl"})
    assert sent.status_code == 200
    return str(target["resourceUrl"].split("/uploads/")[1])


async def line(store: Any, sku: str, quantity: int, **more: Any) -> dict[str, Any]:
    return {"input": wanted(pair(await level(store, sku), quantity, **more)), "key": f"bulk-{sku}-{quantity}"}


async def run(store: Any, path: str, mutation: str = SET) -> dict[str, Any]:
    answer: dict[str, Any] = (await store.ask(RUN, mutation=mutation, path=path))["bulkOperationRunMutation"]
    return answer


async def ask(store: Any, query: str, grouped: bool = False) -> dict[str, Any]:
    answer: dict[str, Any] = (await store.ask(ASK, query=query, grouped=grouped))["bulkOperationRunQuery"]
    return answer


async def ended(store: Any, gid: str) -> dict[str, Any]:
    async with asyncio.timeout(FAR):
        while True:
            found: dict[str, Any] = (await store.ask(STATE, id=gid))["bulkOperation"]
            if found["status"] not in ("CREATED", "RUNNING", "CANCELING"):
                return found
            await asyncio.sleep(0.02)


async def rows(store: Any, url: str) -> list[dict[str, Any]]:
    text = (await store.client.get(url)).text
    return [json.loads(row) for row in text.splitlines()]
