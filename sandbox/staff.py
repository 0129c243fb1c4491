"""The people of a simulated shop: one owns the account, the others have been invited; each may open the app."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(kw_only=True)
class StaffUser:
    id: str
    first_name: str
    last_name: str
    account_owner: bool = False
    collaborator: bool = False
    locale: str = "en"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def associated(self) -> dict[str, Any]:
        """As the answer to an exchange for an online token names whoever it is for."""
        return {
            "id": int(self.id),
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": f"{self.first_name or 'staff'}.{self.id}@staff.example".lower(),
            "email_verified": True,
            "account_owner": self.account_owner,
            "locale": self.locale,
            "collaborator": self.collaborator,
        }


def first_staff() -> dict[str, StaffUser]:
    """Whom every shop begins with, by number; the first one owns the account."""
    return _by_number(
        [
            StaffUser(id="1", first_name="Olivia", last_name="Winter", account_owner=True),
            StaffUser(id="2", first_name="Mats", last_name="Berg"),
            StaffUser(id="3", first_name="Oda", last_name="Lind"),
            StaffUser(id="4", first_name="Vico", last_name="Rossi", collaborator=True),
        ]
    )


def known(staff: dict[str, StaffUser], number: str) -> StaffUser:
    """Somebody of the staff; a number that nobody spoke of is of somebody who was invited without another word."""
    return staff.get(number) or StaffUser(id=number, first_name="Staff", last_name=number)


def changed(staff: dict[str, StaffUser], number: str, wanted: dict[str, Any]) -> StaffUser:
    """Invites or changes somebody. An account has one owner: who becomes it takes it from whoever was."""
    user = staff.setdefault(number, known(staff, number))
    for name in ("first_name", "last_name", "locale"):
        setattr(user, name, str(wanted.get(name, getattr(user, name))))
    user.collaborator = bool(wanted.get("collaborator", user.collaborator))
    if wanted.get("account_owner"):
        for other in staff.values():
            other.account_owner = other is user
    return user


def _by_number(users: Iterable[StaffUser]) -> dict[str, StaffUser]:
    return {user.id: user for user in users}
