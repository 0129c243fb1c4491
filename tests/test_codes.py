"""docs/codes.md is the code's own list: every code that can be raised stands there with its verdict, and no other does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
ROW = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \|.*\| (retry_safe|look_first|needs_mapping|never) \| .+ \|$")

DEFAULTS = {
    "Retry": "retry_safe", "Throttled": "retry_safe", "Refused": "never", "Unclear": "look_first", "Untold": "look_first",
    "Exists": "look_first",
    "Rejected": "look_first", "Misconfigured": "look_first", "AccessLost": "look_first", "Bug": "look_first",
    "Reason": "look_first", "_reason": "look_first", "hold": "look_first", "_code": "needs_mapping",
    "_by_policy": "needs_mapping", "_unfit": "needs_mapping", "Flaw": "needs_mapping",
}  # fmt: skip
"""What raises or makes a reason, and the verdict where none is named. The last six are modules' own short forms."""

# The demo ERP itself speaks its own wire; what it refuses reaches us through its adapter's table.
NOT_OURS = {
    ROOT / "app" / "hosts" / "memory" / name
    for name in ("server.py", "ledger.py", "posting.py", "dispatch.py", "dispatch_calls.py")
}
ELSEWHERE = {
    "shopify.uninstalled": "look_first", "reconciliation.cut_off": "look_first", "database.slow": "look_first",
    "api.document": "never", "api.too_dear": "never", "api.internal": "look_first",
}  # fmt: skip
"""Made by SQL, by the probes and by the API's own answers, where no error is raised."""


@dataclass(frozen=True)
class Raised:
    """`code` is a pattern where the program puts it together."""

    code: str
    verdict: str
    where: str


@cache
def raised() -> tuple[Raised, ...]:
    return tuple(_raised())


def _raised() -> Iterator[Raised]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        if path in NOT_OURS:
            continue
        tree, file = _spelled_out(ast.parse(path.read_text())), path.relative_to(ROOT)
        for node in ast.walk(tree):
            if not isinstance(node, (ast.Call, ast.Tuple, ast.Assign)):
                continue
            where = f"{file}:{node.lineno}"
            if isinstance(node, ast.Call):
                yield from _called(node, where)
            elif isinstance(node, ast.Tuple):
                yield from _paired(node, where)
            else:
                yield from _named(node, where)


def _spelled_out(tree: ast.Module) -> ast.AST:
    """The tree with a module's constants put where they are named: `BAD_REQUEST = "host.bad_request"`."""
    constants = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }

    class Speller(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return constants.get(node.id, node) if isinstance(node.ctx, ast.Load) else node

    return Speller().visit(tree)


def _called(node: ast.Call, where: str) -> Iterator[Raised]:
    given = [*node.args[:2], *(word.value for word in node.keywords if word.arg == "code")]
    code = next((found for each in given if (found := _code(each))), None)
    if code is not None:
        for name in _names(node.func):
            yield Raised(code, _verdict(node) or DEFAULTS[name], where)


def _paired(node: ast.Tuple, where: str) -> Iterator[Raised]:
    """`("item.unknown", Verdict.NEEDS_MAPPING)` in a table, or a row `(.., "order.test", ..)` of the odd orders."""
    codes = [code for each in node.elts if (code := _code(each))]
    if len(codes) != 1:
        return
    if verdict := _verdict(node):
        yield Raised(codes[0], verdict, where)
    elif len(node.elts) == 4 and codes[0].startswith("order"):
        yield Raised(codes[0], "look_first", where)


def _named(node: ast.Assign, where: str) -> Iterator[Raised]:
    """`code, sentence = "connection.no_answer", ..`: of a write it is unclear, of a question it may be asked again."""
    if isinstance(node.value, ast.Tuple) and ast.unparse(node.targets[0]).startswith("(code,"):
        code = _code(node.value.elts[0])
        if code is not None:
            yield from (Raised(code, verdict, where) for verdict in ("look_first", "retry_safe"))


def _names(function: ast.expr) -> list[str]:
    """The makers that a call may mean: `(Unclear if writes else Retry)(...)` means both."""
    found = [each.id for each in ast.walk(function) if isinstance(each, ast.Name)]
    found += [each.attr for each in ast.walk(function) if isinstance(each, ast.Attribute)]
    return [name for name in found if name in DEFAULTS]


def _code(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value) if CODE.fullmatch(node.value) else None
    if isinstance(node, ast.JoinedStr):
        parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else "[a-z_]+" for p in node.values]
        pattern = "".join(parts)
        return pattern if re.fullmatch(r"(\[a-z_\]\+|[a-z_])+\\\.(\[a-z_\]\+|[a-z_])+", pattern) else None
    return None


def _verdict(node: ast.AST) -> str | None:
    named = [
        each.attr.lower()
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "Verdict"
    ]
    return named[0] if named else None


def written() -> dict[str, str]:
    lines = (ROOT / "docs" / "codes.md").read_text().splitlines()
    found = [match.groups() for line in lines if (match := ROW.match(line))]
    assert len(found) == len(dict(found)), "a code has one row"
    return dict(found)


def test_every_code_that_is_raised_is_explained() -> None:
    codes = written()
    silent = {
        f"{each.code} ({each.where})"
        for each in raised()
        if not any(map(re.compile(each.code).fullmatch, codes))
    }
    assert not silent


def test_every_code_that_is_explained_can_be_raised() -> None:
    patterns = [re.compile(each.code) for each in raised()]
    assert not {
        code for code in written() if code not in ELSEWHERE and not any(p.fullmatch(code) for p in patterns)
    }


def test_the_verdict_on_the_page_is_the_one_in_the_code() -> None:
    everything = raised()
    wrong = {}
    for code, verdict in written().items():
        possible = {each.verdict for each in everything if re.fullmatch(each.code, code)} or {
            ELSEWHERE.get(code, "")
        }
        if verdict not in possible:
            wrong[code] = possible
    assert not wrong


def test_every_row_that_names_a_code_is_read() -> None:
    lines = (ROOT / "docs" / "codes.md").read_text().splitlines()
    assert sum(line.startswith("| `") for line in lines) == len(written())


def test_the_search_sees_every_way_to_name_a_code() -> None:
    text = """
raise Rejected("a.b", "s", verdict=Verdict.NEVER)
Reason(code="c.d", sentence="s")
(Unclear if writes else Retry)("e.f", "s")
_reason(f"g.{state}", "s")
table = {"x": ("h.i", Verdict.NEEDS_MAPPING)}
log("n.o")
NAMED = "l.m"
Retry(NAMED, "s")
"""
    tree = _spelled_out(ast.parse(text))
    found = {r.code for n in ast.walk(tree) if isinstance(n, ast.Call) for r in _called(n, "")}
    found |= {r.code for n in ast.walk(tree) if isinstance(n, ast.Tuple) for r in _paired(n, "")}
    assert found == {r"a\.b", r"c\.d", r"e\.f", r"g\.[a-z_]+", r"h\.i", r"l\.m"}
