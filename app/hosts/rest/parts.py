"""What every part of a connection document is made of: how the ERP is reached, what it bears and promises, and one call.

Paths are JMESPath into the ERP's answers, templates are Liquid over our records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NewType, TypeAlias

import msgspec

JsonPath = NewType("JsonPath", str)
"""Into an answer, or into one of its rows."""
Wish = NewType("Wish", str)
"""A path into what a call is made of, which must give something for the call to be the right one."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any part of the document: a key that is not known in it is a mistake, and said."""


# --- how it is reached -------------------------------------------------------------------------------------------------


class NoAuth(Part, frozen=True, kw_only=True, tag_field="kind", tag="none"):
    """Nothing is asked for."""


class BasicAuth(Part, frozen=True, kw_only=True, tag_field="kind", tag="basic"):
    """The form's user and secret."""


class BearerAuth(Part, frozen=True, kw_only=True, tag_field="kind", tag="bearer"):
    """`Authorization: Bearer` and the form's secret."""


class HeaderAuth(Part, frozen=True, kw_only=True, tag_field="kind", tag="header"):
    """The form's secret in a header of the ERP's own, behind a `prefix` where it wants one."""

    name: str
    prefix: str = ""


class OAuth(Part, frozen=True, kw_only=True, tag_field="kind", tag="oauth2"):
    """Client credentials: the form's user and secret are traded for a token at `token`, a path or a whole address."""

    token: str
    scope: str | None = None
    audience: str | None = None
    sends: Literal["basic", "body"] = "basic"


Amounts: TypeAlias = Literal["decimal", "minor"]
Auth: TypeAlias = NoAuth | BasicAuth | BearerAuth | HeaderAuth | OAuth


class Limits(Part, frozen=True, kw_only=True):
    """What the ERP bears. `calls` per `seconds`; `deadline` and `settle` in seconds, `largest_answer` in bytes."""

    at_once: int = 2
    calls: int | None = None
    seconds: int = 60
    deadline: int = 20
    settle: int = 120
    largest_answer: int = 5_000_000


class Promises(Part, frozen=True, kw_only=True):
    """What the ERP keeps: how it prevents doubles, whose tax amounts it books, when it reserves, how late stock is told."""

    fence: Literal["unique", "draft", "none"] = "none"
    tax: Literal["exact", "computed"] = "exact"
    reserves_at: Literal["create", "confirm", "ship", "never"] = "create"
    stock_lag: int = 0


class ErrorRule(Part, frozen=True, kw_only=True, rename={"verdict": "is"}):
    """Which answers mean what; the first rule that fits counts, before the meaning that a status has anyway.

    `existing`: where in the answer the document stands that is there already. `item`: which item it is about.
    """

    verdict: Literal[
        "exists", "rejected", "changed", "retry", "throttled", "unclear", "access", "misconfigured"
    ]
    status: tuple[int, ...] = ()
    when: JsonPath | None = None
    code: str | None = None
    sentence: JsonPath | None = None
    item: JsonPath | None = None
    existing: JsonPath | None = None


# --- calls -------------------------------------------------------------------------------------------------------------


class Paging(Part, frozen=True, kw_only=True):
    """`page` and `offset` go on until `more` denies it or a page is empty; `cursor` and `link` as long as there is a `next`.

    `more` and `next` look into `{"body", "headers"}`. `full`: every page but the last has as many rows as were asked for.
    """

    by: Literal["page", "offset", "cursor", "link"]
    size: int = 100
    first: int = 1
    next: JsonPath | None = None
    more: JsonPath | None = None
    full: bool = False


class Call(Part, frozen=True, kw_only=True):
    """One request. Where a list of calls stands, the first whose `when` gives something is made."""

    path: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    query: Mapping[str, object] = {}
    headers: Mapping[str, str] = {}
    body: object = None
    when: Wish | None = None


class Listing(Call, frozen=True, kw_only=True):
    """A call that reads. `rows`: where in the answer they stand; `none`: statuses that mean that there are none."""

    rows: JsonPath = JsonPath("@")
    none: tuple[int, ...] = ()
    paging: Paging | None = None


class Write(Call, frozen=True, kw_only=True):
    """A call that changes something. `answer`: where the thing stands in the answer, null where it tells nothing of it;

    `repeatable`: twice leaves one.
    """

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    answer: JsonPath | None = JsonPath("@")
    repeatable: bool = False


Writes: TypeAlias = Write | tuple[Write, ...]


class Delta(Part, frozen=True, kw_only=True):
    """How a list tells only what is new: by `time` with an overlap, or by a `number` that grows with every change.

    `ordered`: the list begins with the oldest change, so that a page may be taken as done before the next is read.
    """

    by: Literal["time", "number"] = "time"
    overlap: int = 300
    ordered: bool = False


class Changes(Listing, frozen=True, kw_only=True):
    """`changed`: what the delta goes by; `changed_at`: when, where that is a number.

    Rows of which `ours` gives nothing are passed over.
    """

    key: JsonPath
    changed: JsonPath
    changed_at: JsonPath | None = None
    ours: JsonPath | None = None
    delta: Delta = Delta()


class ChoiceList(Listing, frozen=True, kw_only=True):
    """A list to choose from."""

    code: JsonPath
    label: JsonPath | None = None


class FixedChoice(Part, frozen=True, kw_only=True):
    code: str
    label: str = ""


Choices: TypeAlias = ChoiceList | tuple[FixedChoice, ...]


class Check(Listing, frozen=True, kw_only=True):
    """The connection test. `account` names what we are connected to, `time` is the ERP's clock."""

    account: JsonPath
    version: JsonPath | None = None
    time: JsonPath | None = None
    zone: JsonPath | None = None


def each(calls: Write | Sequence[Write] | None) -> Sequence[Write]:
    if calls is None:
        return ()
    return (calls,) if isinstance(calls, Write) else calls
