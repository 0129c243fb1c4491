"""A shop's markets as the Admin API tells them: exactly the fields of `queries/markets.graphql`, typed, nothing decided yet."""

from __future__ import annotations

from app.shopify.order_wire import Paged, Wire


class Country(Wire):
    code: str


class Region(Wire):
    """A country, or a part of the one it is `within`."""

    country: str | None = None
    subdivision: str | None = None
    within: Country | None = None


class Regions(Wire):
    application_level: str | None
    regions: Paged[Region]


class Conditions(Wire):
    regions_condition: Regions | None


class Market(Wire):
    name: str
    status: str
    conditions: Conditions | None


class MarketsAnswer(Wire):
    markets: Paged[Market]
