"""Every reason code with its sentence, its verdict and what to do: the same list that `docs/codes.md` is."""

from __future__ import annotations

from enum import Enum
from functools import cache
from importlib import resources

import orjson
import strawberry

from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.paging import asked

LIST = "codes.json"


@strawberry.enum(description="What a person may safely do about a failure.")
class Verdict(Enum):
    RETRY_SAFE = strawberry.enum_value("retry_safe", description="Do it again: nothing can go wrong.")
    LOOK_FIRST = strawberry.enum_value(
        "look_first", description="Look at the ERP or the shop before doing it again."
    )
    NEEDS_MAPPING = strawberry.enum_value(
        "needs_mapping", description="Map something or create it in the ERP, then retry."
    )
    NEVER = strawberry.enum_value("never", description="Repeating this request will not help.")


@strawberry.type(description="A reason code, explained.")
class Code:
    code: str = strawberry.field(description="The code; it never changes its meaning.")
    sentence: str = strawberry.field(description="What it says.")
    verdict: Verdict = strawberry.field(description="What may safely be done.")
    advice: str = strawberry.field(description="What to do.")


@cache
def explained() -> dict[str, Code]:
    stored = orjson.loads((resources.files("app.graphql") / LIST).read_bytes())
    return {
        each["code"]: Code(
            code=each["code"],
            sentence=each["sentence"],
            verdict=Verdict(each["verdict"]),
            advice=each["advice"],
        )
        for each in stored
    }


def code_of(code: str) -> Code | None:
    return explained().get(code)


@strawberry.type
class CodeQuery:
    @strawberry.field(description="Reason codes explained, by name.", extensions=[Needs(Scope.READ_STATUS)])
    async def codes(self, info: Info, names: list[str]) -> list[Code]:
        wanted = names[: asked(max(1, min(len(names), 100)))]
        return [found for name in wanted if (found := code_of(name))]
