"""Features that an account may do without: their tables and columns are not there then, and whoever asks for them is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeAlias

from app.hosts.netsuite.refusals import Problem

_REMEMBERED_SECONDS = 300.0
# "Field 'x' for record 'y'" is about the field alone.
_REFUSED = re.compile(r"(?<!for )(Unknown identifier|Record|Field) ['‘’\"]?(?:\w+\.)?(\w+)", re.IGNORECASE)


class Feature(StrEnum):
    """By the column that transactions and items have of it."""

    SUBSIDIARIES = "subsidiary"
    LOCATIONS = "location"
    DEPARTMENTS = "department"
    CLASSES = "class"


_NAMED = {**{each.value: each for each in Feature}, "classification": Feature.CLASSES}


class Features:
    """What the account was seen to lack. It is asked for again after some minutes, as somebody may have switched it on."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tables: dict[Feature, float] = {}
        self._columns: dict[Feature, float] = {}

    def has(self, feature: Feature) -> bool:
        """As far as is known."""
        return self._there(self._tables, feature) and self._there(self._columns, feature)

    def where(self, feature: Feature, words: str) -> str:
        """These words of a question, or none without the feature."""
        return words if self.has(feature) else ""

    def column(self, feature: Feature, words: str) -> str:
        """The same of a column alone: a list that the role may not read says nothing of what documents show."""
        return words if self._there(self._columns, feature) else ""

    def learn(self, problem: Problem) -> None:
        """What a refused question says of features; a right that the role lacks sounds the same."""
        for kind, name in _REFUSED.findall(problem.said.partition("Available identifiers")[0]):
            feature = _NAMED.get(name.lower())
            if feature is not None:
                lacked = self._tables if kind.lower() == "record" else self._columns
                lacked[feature] = self._clock()

    def _there(self, lacked: Mapping[Feature, float], feature: Feature) -> bool:
        seen = lacked.get(feature)
        return seen is None or self._clock() - seen > _REMEMBERED_SECONDS


Question: TypeAlias = str | Callable[[Features], str]
"""In SuiteQL; a callable writes it for the features that there are."""


def written(question: Question, features: Features) -> str:
    return question if isinstance(question, str) else question(features)
