"""The door for e-mail against a real server: what its answers, its silence and its certificate come to mean."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.errors import Misconfigured, Rejected, Retry, StockbridgeError, Unclear
from app.outbound import is_address, mailer
from app.outbound.mail import SmtpMailer
from app.ports import Mail
from app.settings import Smtp
from tests.fakes.smtp import FakeSmtp, mail_server

MAIL = Mail(
    id=UUID(int=7),
    to="ops@example.org",
    subject="Orders have waited — für dich",
    plain="3 records wait.\n",
    html="<p>3 records wait.</p>",
    sender="shop@example.com",
    sender_name='Acme "Ltd"',
)
QUICK = timedelta(seconds=5)
SOON = timedelta(seconds=0.3)


def door(fake: FakeSmtp, **changes: object) -> SmtpMailer:
    server = Smtp(
        host="localhost", port=fake.port, user=None, password=None, tls="none", sender="bounce@sb.example"
    )
    made = mailer(replace(server, **changes))  # type: ignore[arg-type]
    assert made is not None
    return made


@pytest.fixture
async def fake() -> AsyncIterator[FakeSmtp]:
    async with mail_server() as made:
        yield made


async def failure(made: SmtpMailer, deadline: timedelta = QUICK) -> StockbridgeError:
    with pytest.raises(StockbridgeError) as failed:
        await made.send(MAIL, deadline=deadline)
    assert "ops@example.org" not in f"{failed.value} {failed.value.facts}"
    return failed.value


async def test_a_mail_arrives_with_both_forms_and_an_id_that_stays(fake: FakeSmtp) -> None:
    for _ in range(2):
        evidence = await door(fake).send(MAIL, deadline=QUICK)
    one, two = fake.taken
    assert evidence["reply"] == "250"
    assert "@example" not in evidence["reply"]
    assert one.message["Message-ID"] == two.message["Message-ID"] == f"<{UUID(int=7)}@sb.example>"
    assert (one.sender, one.to) == ("bounce@sb.example", "ops@example.org")
    assert one.message["From"].addresses[0].addr_spec == "shop@example.com"
    assert one.message["From"].addresses[0].display_name == 'Acme "Ltd"'
    assert one.message["Subject"] == MAIL.subject
    assert one.plain.strip() == "3 records wait."
    assert "<p>" in one.web


async def test_without_a_sender_of_its_own_a_mail_comes_from_the_servers(fake: FakeSmtp) -> None:
    await door(fake).send(replace(MAIL, sender=None), deadline=QUICK)
    assert fake.taken[0].message["From"].addresses[0].addr_spec == "bounce@sb.example"


@pytest.mark.parametrize(
    ("verb", "reply", "kind", "code"),
    [
        ("RCPT", "550 no such user ops@example.org", Rejected, "mail.recipient_refused"),
        ("RCPT", "450 try later", Retry, "mail.refused_for_now"),
        ("MAIL", "553 not you", Misconfigured, "mail.sender_refused"),
        ("MAIL", "421 too busy", Retry, "mail.refused_for_now"),
        ("DATA", "554 no", Rejected, "mail.refused"),
        ("END", "552 too large", Rejected, "mail.refused"),
        ("END", "451 local error", Retry, "mail.refused_for_now"),
    ],
)
async def test_what_a_servers_no_means(
    fake: FakeSmtp, verb: str, reply: str, kind: type[StockbridgeError], code: str
) -> None:
    fake.refuses(verb, reply)
    error = await failure(door(fake))
    assert (type(error), error.code, error.facts) == (kind, code, {"reply": reply[:3]})
    assert fake.taken == []


async def test_silence_before_the_text_means_that_nothing_happened(fake: FakeSmtp) -> None:
    fake.falls_silent("RCPT")
    error = await failure(door(fake), SOON)
    assert (type(error), error.code) == (Retry, "mail.unreachable")


@pytest.mark.parametrize("how", ["silent", "hangs up", "hangs up after taking it"])
async def test_silence_after_the_text_means_that_nobody_knows(fake: FakeSmtp, how: str) -> None:
    if how == "silent":
        fake.falls_silent("END")
    else:
        fake.hangs_up("END" if how == "hangs up" else "AFTER")
    error = await failure(door(fake), SOON)
    assert (type(error), error.code) == (Unclear, "mail.no_answer")


async def test_a_server_that_is_not_there_is_tried_again_later(fake: FakeSmtp) -> None:
    async with mail_server() as gone:
        made = door(gone)
    assert (await failure(made)).code == "mail.unreachable"
    fake.falls_silent("EHLO")
    assert isinstance(await failure(door(fake), SOON), Retry)


@pytest.mark.parametrize(
    "address", ["a@b\r\nBcc: x@y.example", "a@b, c@d", "", "a@", "ä@b.example", "a b@c.example"]
)
async def test_an_address_that_could_break_a_header_is_no_address(fake: FakeSmtp, address: str) -> None:
    assert not is_address(address)
    with pytest.raises(Rejected) as refused:
        await door(fake).send(replace(MAIL, to=address), deadline=QUICK)
    assert refused.value.code == "mail.address_malformed"


async def test_a_subject_of_two_lines_stays_a_subject(fake: FakeSmtp) -> None:
    await door(fake).send(replace(MAIL, subject="one\r\nBcc: victim@example.org"), deadline=QUICK)
    assert fake.taken[0].message["Bcc"] is None
    assert fake.taken[0].message["Subject"] == "one Bcc: victim@example.org"


# --- encryption ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for `localhost`, and a client's that trusts it."""
    folder = tmp_path_factory.mktemp("smtp")
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    root, secret = Path(folder / "root.crt"), Path(folder / "key.pem")
    root.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(root, secret)
    return server, ssl.create_default_context(cafile=str(root))


@pytest.mark.parametrize("mode", ["tls", "starttls"])
async def test_user_and_password_go_over_an_encrypted_line(
    pair: tuple[ssl.SSLContext, ssl.SSLContext], mode: str
) -> None:
    async with mail_server(tls=pair[0], starttls=mode == "starttls") as fake:
        fake.wants_sign_in = True
        made = door(fake, tls=mode, user="me", password="sesame")
        await replace(made, context=pair[1]).send(MAIL, deadline=QUICK)
        assert fake.signed_in == [("me", "sesame")]
        assert fake.encrypted == [True]
        fake.refuses("AUTH", "535 no")
        error = await failure(replace(made, context=pair[1]))
        assert (type(error), error.code) == (Misconfigured, "mail.sign_in_refused")
        assert "sesame" not in repr(made)
        # A certificate that nobody vouches for.
        assert (await failure(made)).code == "mail.certificate"


async def test_a_server_that_offers_no_encryption_is_not_told_the_password(fake: FakeSmtp) -> None:
    fake.wants_sign_in = True
    error = await failure(door(fake, tls="starttls", user="me", password="sesame"))
    assert (type(error), error.code) == (Misconfigured, "mail.not_offered")
    assert (fake.signed_in, fake.taken) == ([], [])
