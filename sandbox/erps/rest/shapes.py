"""How Kontor shows what it has."""

from __future__ import annotations

from typing import Any

import msgspec

from sandbox.erps.rest.books import Books, Despatch, Voucher
from sandbox.erps.rest.parties import Party
from sandbox.erps.rest.wares import CURRENCY, Offered


def voucher(books: Books, row: Voucher) -> dict[str, Any]:
    return {
        "id": row.id,
        "no": row.no,
        "kind": row.kind,
        "state": row.state,
        "refs": {"client": row.refs[0], "tag": row.refs[1]},
        "ccy": row.ccy,
        "sum": {"gross": row.gross, "levy": row.levy, "paid": row.paid},
        "out": row.kind != "CN" and books.is_out(row),
        "party": row.party or None,
        "depot": row.depot,
        "against": row.against,
        "seal": row.seal,
        "seq": row.seq,
        "stamp": row.made,
        "positions": [
            {
                "pos": each.pos,
                "article": {"code": each.article},
                "qty": f"{each.qty:f}",
                "worth": each.worth,
                "sort": each.sort,
                "levies": msgspec.to_builtins(each.levies),
            }
            for each in row.positions
        ],
        "receipts": [msgspec.to_builtins(each) for each in row.receipts],
    }


def despatch(books: Books, row: Despatch) -> dict[str, Any]:
    return {
        "id": row.id,
        "no": f"D-{row.id:05}",
        "voucher": row.voucher,
        "client": books.vouchers[row.voucher].refs[0],
        "mark": row.mark,
        "state": "recalled" if row.recalled else "gone",
        "goods": msgspec.to_builtins(row.goods),
        "parcel": {
            "codes": list(row.parcel.codes),
            "carrier": row.parcel.carrier,
            "links": list(row.parcel.links),
        },
        "depot": row.depot,
        "gone_at": row.gone_at,
        "stamp": row.stamp,
        "seq": row.seq,
    }


def article(row: Offered) -> dict[str, Any]:
    ware = row.ware
    return {
        "code": ware.sku,
        "title": ware.title,
        "shade": ware.variant or None,
        "story": ware.description or None,
        "shelfmark": ware.category or None,
        "marks": list(ware.tags),
        "price": f"{ware.price:f}",
        "cost": None if ware.cost is None else f"{ware.cost:f}",
        "ccy": CURRENCY,
        "ean": ware.barcode,
        "grams": None if ware.weight is None else f"{ware.weight:f}",
        "offered": ware.active,
        "stamp": row.stamp,
    }


def party(row: Party) -> dict[str, Any]:
    return {
        "id": row.id,
        "no": row.no,
        "kind": row.kind,
        "key": row.key,
        "mail": row.mail,
        "given": row.given,
        "family": row.family,
        "tel": row.tel,
        "firm": row.firm,
        "exempt": row.exempt,
        "places": msgspec.to_builtins(row.places),
        "seq": row.seq,
        "stamp": row.stamp,
    }
