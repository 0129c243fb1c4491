"""Cells that a spreadsheet opens without running them, and back again."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""What a cell may not begin with: a spreadsheet would run it."""
_APOSTROPHE = "'"


def safe(text: str | None) -> str:
    """As it is, behind an apostrophe where a spreadsheet would take it for a formula."""
    if not text:
        return ""
    return f"{_APOSTROPHE}{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def guarded(text: str) -> str:
    """Safe, and `plain` gives the very same text back."""
    return f"{_APOSTROPHE}{text}" if text.startswith(_APOSTROPHE) else safe(text)


def plain(cell: str) -> str:
    """What was meant by a cell that may have been guarded."""
    rest = cell.removeprefix(_APOSTROPHE)
    meant = rest.startswith(_APOSTROPHE) or rest.lstrip(" ").startswith(_FORMULA)
    return rest if rest != cell and meant else cell
