"""What merchants write: values and what may be done with them, and Liquid over the same functions, within fixed limits.

Stands beside `domain`: it knows no order, no ERP and no table.
"""

from app.templates.budget import Purse
from app.templates.liquid import FILTERS, Filter, Liquid, Template
from app.templates.values import (
    AGES,
    COMPARISONS,
    LONGEST,
    OPERATORS,
    Value,
    ValueKind,
    as_date,
    as_number,
    fits,
    instant,
    matches,
    shown,
)

__all__ = [
    "AGES",
    "COMPARISONS",
    "FILTERS",
    "LONGEST",
    "OPERATORS",
    "Filter",
    "Liquid",
    "Purse",
    "Template",
    "Value",
    "ValueKind",
    "as_date",
    "as_number",
    "fits",
    "instant",
    "matches",
    "shown",
]
