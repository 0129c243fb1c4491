"""What is sealed opens with the right key, tenant and purpose alone, and keys rotate."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto import SecretHash, Vault, equal
from app.errors import Bug

ONE, TWO = UUID(int=1), UUID(int=2)
OLD, NEW = b"o" * 32, b"n" * 32
VAULT = Vault({"k1": OLD})


@given(st.binary(max_size=5_000))
def test_what_is_sealed_or_packed_comes_back(value: bytes) -> None:
    assert VAULT.open(VAULT.seal(value, tenant=ONE, purpose="p"), tenant=ONE, purpose="p") == value
    assert VAULT.unpack(VAULT.pack(value, tenant=ONE, purpose="p"), tenant=ONE, purpose="p") == value


def test_the_same_value_never_looks_the_same_twice_and_shows_nothing() -> None:
    sealed = {VAULT.seal(b"ada@example.com", tenant=ONE, purpose="p") for _ in range(50)}
    assert len(sealed) == 50
    assert not any(b"ada" in each for each in sealed)


@pytest.mark.parametrize(("tenant", "purpose"), [(TWO, "p"), (ONE, "q"), (ONE, "")])
def test_it_opens_for_no_other_tenant_or_purpose(tenant: UUID, purpose: str) -> None:
    sealed = VAULT.seal(b"secret", tenant=ONE, purpose="p")
    with pytest.raises(Bug) as refused:
        VAULT.open(sealed, tenant=tenant, purpose=purpose)
    assert refused.value.code == "secret.unreadable"
    assert VAULT.open(sealed, tenant=ONE, purpose="p") == b"secret"


def test_one_changed_bit_anywhere_is_noticed() -> None:
    sealed = VAULT.seal(b"secret", tenant=ONE, purpose="p")
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(Bug):
            VAULT.open(bytes(altered), tenant=ONE, purpose="p")
    for cut in (b"", sealed[:5], sealed[:-1]):
        with pytest.raises(Bug):
            VAULT.open(cut, tenant=ONE, purpose="p")


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    both = Vault({"k2": NEW, "k1": OLD})
    old = VAULT.seal(b"secret", tenant=ONE, purpose="p")
    new = both.seal(b"secret", tenant=ONE, purpose="p")
    assert (both.key_of(old), both.key_of(new), both.newest) == ("k1", "k2", "k2")
    assert both.open(old, tenant=ONE, purpose="p") == both.open(new, tenant=ONE, purpose="p") == b"secret"
    with pytest.raises(Bug) as refused:
        VAULT.open(new, tenant=ONE, purpose="p")
    assert refused.value.code == "secret.key_unknown"


def test_a_search_survives_a_new_key_and_tells_no_tenant_of_another() -> None:
    both = Vault({"k2": NEW, "k1": OLD})
    assert both.keyed_hash("Ada@Example.com ", tenant=ONE) == VAULT.keyed_hash("ada@example.com", tenant=ONE)
    assert VAULT.keyed_hash("a@b.c", tenant=ONE) != VAULT.keyed_hash("a@b.c", tenant=TWO)
    assert Vault({"k1": NEW}).keyed_hash("a@b.c", tenant=ONE) != VAULT.keyed_hash("a@b.c", tenant=ONE)


@pytest.mark.parametrize("keys", [{}, {"k1": b"short"}, {"k1": OLD, "k2": b""}, {"toolong": OLD}, {"": OLD}])
def test_keys_that_cannot_be_used_are_refused_at_once(keys: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        Vault(keys)


def test_tokens_are_kept_as_digests_and_compared_in_constant_time() -> None:
    token = str(uuid4())
    assert SecretHash.of(token) == SecretHash.of(token)
    assert token.encode() not in SecretHash.of(token).digest
    assert equal(b"a", b"a")
    assert not equal(b"a", b"b")
