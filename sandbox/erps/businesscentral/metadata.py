"""What the API says of itself: its sets, and its fields with their kinds and lengths."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from sandbox.erps.businesscentral.schema import EDM, ENTITIES, Entity

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" '
    'xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
    '<Schema Namespace="Microsoft.NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
)


def described(path: str, root: str) -> Any:
    if path == "$metadata":
        types = "".join(_type(each) for each in ENTITIES.values())
        sets = "".join(
            f'<EntitySet Name="{each.set}" EntityType="Microsoft.NAV.{each.name}"/>'
            for each in ENTITIES.values()
        )
        return f'{_HEAD}{types}<EntityContainer Name="NAV">{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>'
    listed = [{"name": each.set, "kind": "EntitySet", "url": each.set} for each in ENTITIES.values()]
    return {"@odata.context": f"{root}/$metadata", "value": listed}


def _type(entity: Entity) -> str:
    fields = "".join(
        f"<Property Name={quoteattr(each.name)} Type={quoteattr(EDM[each.kind])}"
        + (f' MaxLength="{each.most}"' if each.most else "")
        + "/>"
        for each in entity.shown
    )
    parts = "".join(
        f"<NavigationProperty Name={quoteattr(each.name)} Type={quoteattr(_kind(each.set, many=each.many))}/>"
        for each in entity.parts.values()
    )
    return f'<EntityType Name="{entity.name}"><Key><PropertyRef Name="id"/></Key>{fields}{parts}</EntityType>'


def _kind(set: str, *, many: bool) -> str:
    name = f"Microsoft.NAV.{ENTITIES[set].name}"
    return f"Collection({name})" if many else name
