"""What a company has under which code, as it is remembered and read again."""

from __future__ import annotations

import json

from app.domain.document import DocumentKind
from tests.examples import document, line
from tests.hosts.businesscentral.rig import another, company, varied
from tests.hosts.rig import converge, orders

_LONGEST_ADDRESS = 2_000


async def test_the_variants_of_a_long_order_are_asked_for_in_slices_by_one_call() -> None:
    host, staff, http = company()
    codes = [f"C{place:02}" for place in range(50)]
    varied(staff, "SHIRT", *codes)
    lines = [line(f"SHIRT-{code}", "8.00", "VAT20") for code in codes]
    made = document(lines, kind=DocumentKind.SALES_ORDER, paid="0")
    await converge(orders(host), made)
    new = another(http)
    before = len(http.asked)
    found = await orders(new).find(made)
    assert {row.item for row in found.documents[0].lines or ()} == {each.item for each in lines}
    batches = [json.loads(call.body or b"{}") for call in http.asked[before:] if "$batch" in call.url]
    assert len(batches) == 2
    assert max(len(part["url"]) for batch in batches for part in batch["requests"]) < _LONGEST_ADDRESS
