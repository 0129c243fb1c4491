"""What signs a call: keys that people paste into a form, and tokens that servers give for some time."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import Misconfigured

_EARLY, _LONGEST, _MEANT = 300.0, 86_400.0, 1e9


def in_a_line(text: str) -> bool:
    """Whether a header can carry it."""
    return text.isascii() and text.isprintable()


def is_key(text: str) -> bool:
    """Keys and tokens are of plain letters and signs, without a space."""
    return bool(text) and in_a_line(text) and " " not in text


def keys_of(form: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    """The form's fields of these names, as they are signed with; what is left empty stays empty.

    Raises Misconfigured for one that was copied along with something else, and names it by its label.
    """
    found = {name: form.get(name, "") for name in labels}
    for name, value in found.items():
        if value and not is_key(value):
            raise Misconfigured(
                "form.malformed",
                f"“{labels[name]}” holds a space, a line break or a sign that no key has: copy it once more.",
            )
    return found


def used_for(told: float | str) -> float:
    """For how many seconds a token is used: until five minutes before its end, or half of a life that is shorter than ten.

    Nothing where no life is told that can be meant: the token is used once then. For a day at most.
    """
    try:
        life = float(told)
    except (ValueError, OverflowError):
        return 0.0
    if not 0 < life < _MEANT:
        return 0.0
    return min(max(life - _EARLY, life / 2), _LONGEST)
