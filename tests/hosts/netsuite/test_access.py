"""What the form says: an account that may become part of a host name, fields that may become part of a question, and an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.errors import Misconfigured
from app.hosts.netsuite.access import access_of, at_once, lapses
from app.hosts.netsuite.spec import NETSUITE


@pytest.mark.parametrize(
    ("typed", "account", "host"),
    [
        ("1234567", "1234567", "1234567"),
        (" 1234567_sb1 ", "1234567_SB1", "1234567-sb1"),
        ("1234567-SB2", "1234567_SB2", "1234567-sb2"),
        ("tstdrv1234567", "TSTDRV1234567", "tstdrv1234567"),
    ],
)
def test_an_account_has_one_name_in_signatures_and_one_in_addresses(
    typed: str, account: str, host: str
) -> None:
    access = access_of({"account": typed})
    assert access.account == account
    assert access.root == f"https://{host}.suitetalk.api.netsuite.com"
    assert NETSUITE.account({"account": typed}) == account


@pytest.mark.parametrize(
    "typed",
    ["", "evil.example/", "1234567.evil.example", "a@b", "127.0.0.1:80#", "1234567_SB1/..", "1 2", "ä1"],
)
def test_what_is_no_account_never_becomes_part_of_an_address(typed: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        _ = access_of({"account": typed}).root
    assert raised.value.code == "account.malformed"


def test_an_address_of_ones_own_goes_before_the_accounts() -> None:
    assert access_of({"account": "1", "address": "http://127.0.0.1:9/"}).root == "http://127.0.0.1:9"


@pytest.mark.parametrize("field", ["sku_field", "line_field", "earlier_field"])
def test_a_field_that_is_none_never_becomes_part_of_a_question(field: str) -> None:
    assert access_of({"account": "1", field: "custcol_line"})
    for typed in ("itemid FROM item --", "a.b", "1a", "x'y", "custitem_ä"):
        with pytest.raises(Misconfigured):
            access_of({"account": "1", field: typed})


def test_calls_at_a_time_are_what_the_form_says_within_reason() -> None:
    assert [at_once({"at_once": typed}) for typed in ("7", "", "x", "0", "900")] == [7, 4, 4, 1, 50]
    assert NETSUITE.borne({"at_once": "7"}).concurrency == 7


def certificate(until: datetime) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "demo")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, until - timedelta(days=30), until).sign(
        key, hashes.SHA256()
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def test_the_end_of_a_certificate_is_told_where_it_was_entered() -> None:
    until = datetime(2027, 3, 1, tzinfo=UTC)
    (lapse,) = lapses({"certificate": certificate(until)})
    assert (lapse.label, lapse.at) == ("the certificate", until)
    assert lapses({"certificate": "no certificate"}) == ()
    assert lapses({}) == ()
    assert lapses({"certificate": certificate(until), "sign_in": "token"}) == ()


@pytest.mark.parametrize("typed", ["a\nb", "a b", "ké", "a\u200bb"])
def test_a_key_with_a_sign_that_none_has_is_refused_before_anything_is_sent(typed: str) -> None:
    for field, label in (("client_id", "Client ID"), ("certificate_id", "Certificate ID")):
        with pytest.raises(Misconfigured, match=f"“{label}”"):
            access_of({"account": "1", field: typed})
    for field in ("consumer_key", "consumer_secret", "token_id", "token_secret"):
        with pytest.raises(Misconfigured, match="copy it once more"):
            access_of({"account": "1", "sign_in": "token", field: typed})
    assert access_of({"account": "1", "private_key": "-----BEGIN\nPRIVATE KEY-----", "token_secret": typed})
