"""Every error of Stockbridge, named by what happens next; vendor errors become one of these at the edge.

StockbridgeError          code, sentence, verdict, facts
├── Retry                 nothing is wrong with the record: come back after `after`
│   └── Throttled         the other side asked us to slow down; it costs no attempt
├── Unclear               the request was sent and may or may not have happened: look before sending again
├── Rejected              this record needs a person; it is held, nothing else stops
├── Misconfigured         the connection can't work as it is set up; its flows pause
│   └── AccessLost        the token or key is refused; pauses with a banner and resumes by itself
├── Refused               a caller asked for something it may not have (HTTP and command line)
└── Bug                   our own fault; the record is held with the correlation id
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """What a person may safely do about a failure."""

    RETRY_SAFE = "retry_safe"
    LOOK_FIRST = "look_first"
    NEEDS_MAPPING = "needs_mapping"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a record waits for a person: a stable code, a sentence a merchant understands, a verdict.

    `facts` are short values for the sentence's sake (a SKU, a difference); never personal data or secrets.
    """

    code: str
    sentence: str
    verdict: Verdict = Verdict.LOOK_FIRST
    facts: Mapping[str, str] = field(default_factory=dict)


class StockbridgeError(Exception):
    """The base: never raised itself."""

    default_verdict = Verdict.LOOK_FIRST

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        verdict: Verdict | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.verdict = verdict or self.default_verdict
        self.facts: Mapping[str, str] = dict(facts or {})
        self.at_host = False
        """Set by the engine when the ERP raised it, for the breaker."""

    def say_without(self, blank: Callable[[str], str]) -> None:
        """Rewords the sentence and the facts: what they hold is stored and shown."""
        self.sentence = blank(self.sentence)
        self.facts = {name: blank(value) for name, value in self.facts.items()}
        self.args = (f"{self.code}: {self.sentence}",)

    @property
    def reason(self) -> Reason:
        return Reason(code=self.code, sentence=self.sentence, verdict=self.verdict, facts=self.facts)


class Retry(StockbridgeError):
    """Nothing was done on the other side, for certain; the same call may be made again after `after`."""

    default_verdict = Verdict.RETRY_SAFE

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        after: timedelta | None = None,
        verdict: Verdict | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, sentence, verdict=verdict, facts=facts)
        self.after = after


class Throttled(Retry):
    """A rate limit answered; waiting is no failed attempt."""


class Unclear(StockbridgeError):
    """The request left us and no definite answer came back: it may still commit until the host's settle time."""


class Rejected(StockbridgeError):
    """The other side refused this record for a reason that repeating won't change."""


class Misconfigured(StockbridgeError):
    """The connection can't work as it is set up: its flows pause until someone changes it."""


class AccessLost(Misconfigured):
    """A token, key or shop is refused; the connection pauses, nothing is marked failed, and it resumes by itself."""


class Refused(StockbridgeError):
    """The caller may not do this, or asked for something malformed."""

    default_verdict = Verdict.NEVER


class Bug(StockbridgeError):
    """An expectation of our own code did not hold."""
