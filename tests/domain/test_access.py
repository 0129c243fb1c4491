"""Roles, permissions and scopes: an owner may everything, nobody below one may change that, and nothing is given twice over."""

from __future__ import annotations

import itertools

import pytest

from app.domain.access import (
    ASKED_BY,
    DEFAULTS,
    EVERY,
    EVERYBODYS,
    OPENS,
    OWNERS_ALONE,
    Permission,
    Role,
    Scope,
    beyond,
    held,
    opened,
)


def test_each_role_may_all_that_the_one_below_it_may() -> None:
    roles = list(Role)
    for higher, lower in itertools.pairwise(roles):
        assert DEFAULTS[higher] > DEFAULTS[lower]
        assert higher.reaches(lower)
        assert not lower.reaches(higher)
    assert Role.OPERATOR.reaches(Role.OPERATOR)


@pytest.mark.parametrize("role", Role)
def test_a_role_without_changes_has_its_defaults(role: Role) -> None:
    assert held(role, {}) == DEFAULTS[role]


@pytest.mark.parametrize("role", list(Role)[1:])
def test_what_an_organisation_decides_counts_for_every_role_below_an_owner(role: Role) -> None:
    nothing = {each.value: False for each in Permission}
    assert held(role, nothing) == EVERYBODYS
    everything = {each.value: True for each in Permission}
    assert held(role, everything) == EVERY - OWNERS_ALONE
    assert held(role, {"read_audit": Permission.READ_AUDIT not in DEFAULTS[role]}) == DEFAULTS[role] ^ {
        Permission.READ_AUDIT
    }
    assert held(role, {"something_of_later": True}) == DEFAULTS[role]


def test_nothing_takes_anything_from_an_owner() -> None:
    assert held(Role.OWNER, {each.value: False for each in Permission}) == EVERY


def test_scopes_open_what_they_say_and_admin_opens_everything() -> None:
    assert opened(["read_status", "write_retry"]) == {Permission.READ_STATUS, Permission.WRITE_RETRY}
    assert opened(["admin"]) == EVERY
    assert opened(["something_else"]) == opened([]) == frozenset()
    assert all(ASKED_BY[scope] in OPENS[scope] for scope in Scope)


def test_nobody_hands_out_what_they_may_not_do_themselves() -> None:
    assert beyond(list(Scope), EVERY) == []
    assert beyond(list(Scope), DEFAULTS[Role.MANAGER]) == [Scope.ADMIN]
    assert beyond([Scope.READ_STATUS, Scope.WRITE_RETRY], DEFAULTS[Role.VIEWER]) == [Scope.WRITE_RETRY]
