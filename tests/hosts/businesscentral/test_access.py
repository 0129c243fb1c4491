"""What is entered in the form becomes part of an address only when it is what it should be."""

from __future__ import annotations

import pytest

from app.errors import Misconfigured
from app.hosts.businesscentral.access import access_of, lapses

FORM = {
    "tenant": "Example.onmicrosoft.com",
    "environment": "Production",
    "company": "CRONUS",
    "client_id": "app",
    "client_secret": "hidden",
}


def test_microsofts_addresses_follow_from_tenant_and_environment() -> None:
    access = access_of(FORM)
    assert access.root == (
        "https://api.businesscentral.dynamics.com/v2.0/example.onmicrosoft.com/Production/api/v2.0"
    )
    assert access.sign_in == "https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token"
    assert "hidden" not in repr(access)


def test_an_address_of_ones_own_stands_for_both() -> None:
    access = access_of({**FORM, "address": "https://bc.example.com/"})
    assert access.root.startswith("https://bc.example.com/v2.0/")
    assert access.sign_in.startswith("https://bc.example.com/example.onmicrosoft.com/oauth2/")
    assert access.pages is None


@pytest.mark.parametrize("tenant", ["../../evil", "a b.com", "example", "x.com/y", "x.com?z", "x.com#"])
def test_a_tenant_that_is_none_never_becomes_an_address(tenant: str) -> None:
    with pytest.raises(Misconfigured, match="tenant"):
        _ = access_of({**FORM, "tenant": tenant}).root


@pytest.mark.parametrize("environment", ["../x", "a/b", "x?y", "é", "-"])
def test_an_environment_that_is_none_never_becomes_an_address(environment: str) -> None:
    with pytest.raises(Misconfigured, match="environment"):
        _ = access_of({**FORM, "environment": environment}).root


def test_a_form_with_a_field_missing_is_said_to_be_incomplete() -> None:
    with pytest.raises(Misconfigured, match=r"form\.incomplete"):
        access_of({**FORM, "company": " "})


def test_the_secrets_end_is_told_where_somebody_entered_it() -> None:
    (lapse,) = lapses({"secret_until": "2027-03-31"})
    assert lapse.at.year == 2027
    assert lapses({"secret_until": "soon"}) == ()


@pytest.mark.parametrize("field", ["client_id", "client_secret"])
@pytest.mark.parametrize("typed", ["hid\nden", "hid den", "hiddén", "hid\tden", "hid\u200bden"])
def test_a_key_with_a_sign_that_none_has_is_refused_before_anything_is_sent(field: str, typed: str) -> None:
    with pytest.raises(Misconfigured, match="copy it once more") as raised:
        access_of({**FORM, field: typed})
    assert typed not in str(raised.value)
    assert access_of({**FORM, field: " kept~.Q-8_ \n"})
