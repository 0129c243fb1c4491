"""A template is filled in once and never run: what stands in for a name stays text, in the web form too."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alert import Message, Phase
from app.domain.alert_rules import AlertKind
from app.domain.alert_text import DEFAULT, PLACEHOLDERS, Template, checked, filled, values
from app.errors import Refused

MESSAGE = Message(
    kind=AlertKind.HELD,
    phase=Phase.ALARM,
    cause="held:1:item.unknown",
    sentence="3 orders have waited since yesterday: the ERP has no item of this code.",
    since=datetime(2026, 11, 18, 9, tzinfo=UTC),
    count=3,
    orders=("#1001", "#1002"),
)


def given_for(message: Message = MESSAGE) -> dict[str, str]:
    return dict(
        values(
            message, organisation="Acme", connection="Demo", link="https://app.example", since="18 November"
        )
    )


def test_our_own_words_name_the_orders_and_leave_out_what_there_is_none_of() -> None:
    text = filled(DEFAULT, given_for())
    assert text.subject == "Orders have waited for you too long"
    assert "Orders: #1001, #1002" in text.plain
    assert "{{" not in text.plain
    assert "more times" not in text.plain
    assert "\n\n\n" not in text.plain


def test_every_name_that_is_offered_has_a_value() -> None:
    assert set(given_for()) == set(PLACEHOLDERS)


@pytest.mark.parametrize(
    "body", ["{{secret}}", "{{ }}", "{{what}} {{WHAT}}", "{{__class__}}", "", "  ", "x" * 10_001]
)
def test_a_template_that_can_mean_nothing_is_refused_when_it_is_written(body: str) -> None:
    with pytest.raises(Refused):
        checked("A subject", body)


@pytest.mark.parametrize(
    "text", ["{% for a in b %}", "{what}", "${what}", "{{what|upper}}", "{{what.__class__}}", "{{7*7}}"]
)
def test_what_looks_like_code_is_text(text: str) -> None:
    made = filled(checked("A subject", f"{text} x"), given_for())
    assert made.plain == f"{text} x\n"


def test_a_value_is_never_looked_at_for_names_again() -> None:
    made = filled(
        Template(subject="{{connection}}", body="{{connection}}"), given_for() | {"connection": "{{what}}"}
    )
    assert (made.subject, made.plain) == ("{{what}}", "{{what}}\n")


def test_a_subject_is_one_line_whatever_stands_in_it() -> None:
    made = filled(Template(subject="{{what}}", body="x"), given_for() | {"what": "a\r\nBcc: someone\n\tb"})
    assert made.subject == "a Bcc: someone b"


@given(st.text(), st.text())
def test_the_web_form_holds_no_mark_up_of_anyone_elses(template: str, value: str) -> None:
    made = filled(Template(subject="s", body=template + "{{what}}"), given_for() | {"what": value})
    inner = made.html.partition('sans-serif">')[2].removesuffix("</body></html>\n")
    assert "<" not in inner.replace("<br>", "")
    assert ">" not in inner.replace("<br>", "")


def test_the_end_of_something_is_told_as_its_end() -> None:
    over = Message(
        kind=AlertKind.CRITICAL,
        phase=Phase.RECOVERY,
        cause="x",
        sentence="“Demo” is paused.",
        since=MESSAGE.since,
    )
    text = filled(DEFAULT, given_for(over))
    assert text.subject == "Over: stockbridge stands still"
    assert "This is over: “Demo” is paused." in text.plain
