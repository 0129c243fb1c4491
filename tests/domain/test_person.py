"""What an ERP says about a refusal may repeat whatever it was sent: none of it is kept."""

from __future__ import annotations

import pytest

from app.domain.person import without, words_among
from app.outbound import private_texts
from app.ports import Json

PAYLOAD: Json = {
    "action": "order",
    "reference": "#1001",
    "note": "Ring at Mrs. Miller's",
    "buyer": {"id": None, "first_name": "Jane", "last_name": "Doering", "email": "jane@example.com"},
    "ship_to": {"name": "Jane Doering", "lines": ["Long Street 5"], "country": "DE"},
    "lines": [{"item": "SKU-1", "title": "Long skirt"}],
    "private": ["Gift for Max M."],
}


def said(text: str) -> str:
    return without(text, words_among(private_texts(PAYLOAD)))


@pytest.mark.parametrize(
    "quoted",
    [
        "jane@example.com",
        "JANE DOERING",
        "Jane  Doering",
        "Doering",
        "Long Street 5",
        "Ring at Mrs. Miller's",
        "Gift for Max M.",
    ],
)
def test_nothing_that_was_sent_of_people_is_said_again(quoted: str) -> None:
    assert (
        said(f"The entity {quoted} has SKU-1 on #1001 already.") == "The entity … has SKU-1 on #1001 already."
    )


def test_what_is_no_persons_stays() -> None:
    sentence = "SKU-1 (Long skirt) is not for sale in DE."
    assert said(sentence) == sentence


def test_a_name_that_a_long_sentence_was_cut_in_goes_too() -> None:
    sentence = "x" * 250 + " for jane@exam"
    assert said(f"{sentence}...") == "x" * 250 + " for …"
    assert said("Not for jan@exam.") == "Not for jan@exam."
