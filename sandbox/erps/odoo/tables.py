"""The records of a simulated Odoo: made, written with list commands, searched and read; a call that fails leaves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sandbox.erps.odoo.domains import compiled
from sandbox.erps.odoo.fields import Field, Fields, of_version
from sandbox.erps.odoo.trouble import MissingError, UnknownField, ValidationError

Record = dict[str, Any]
Undo = Callable[[], None]
_FORMAT = "%Y-%m-%d %H:%M:%S"
_ARCHIVED = {"active_test": False}


class Tables:
    """`names`: how a record of a model is called; by default by its name. Everything is in memory."""

    def __init__(self, declared: Mapping[str, Fields], version: int) -> None:
        self.version = version
        self.fields = of_version(declared, version)
        self.rows: dict[str, dict[int, Record]] = {model: {} for model in self.fields}
        self.names: dict[str, Callable[[Record], str]] = {}
        self._last: dict[str, int] = dict.fromkeys(self.fields, 0)
        self._undo: list[Undo] | None = None

    # --- a call ----------------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Any:
        """All of it, or nothing."""
        self._undo = undo = []
        try:
            yield
        except BaseException:
            for step in reversed(undo):
                step()
            raise
        finally:
            self._undo = None

    # --- what there is ---------------------------------------------------------------------------------------------

    def field(self, model: str, name: str) -> Field:
        try:
            return self.fields[model][name]
        except KeyError as cause:
            raise UnknownField(f"Invalid field {name!r} on model {model!r}") from cause

    def kind_of(self, model: str, path: str) -> str:
        """Of the field at the end of a path; every step on the way has to exist."""
        head, _, rest = path.partition(".")
        field = self.field(model, head)
        return self.kind_of(field.to, rest) if rest else field.kind

    def get(self, model: str, number: int) -> Record:
        try:
            return self.rows[model][number]
        except KeyError as cause:
            sentence = f"Record does not exist or has been deleted.\n(Record: {model}({number},), User: 6)"
            raise MissingError(sentence) from cause

    def value(self, model: str, number: int, name: str, context: Mapping[str, Any]) -> Any:
        field = self.field(model, name)
        record = self.get(model, number)
        if field.compute is not None:
            return field.compute(self, record, context)
        if name == "display_name":
            return self.name(model, record)
        return record[name]

    def name(self, model: str, record: Record) -> str:
        called = self.names.get(model)
        return called(record) if called else str(record.get("name") or f"{model},{record['id']}")

    def search(
        self,
        model: str,
        domain: Sequence[Any],
        *,
        order: str = "id",
        context: Mapping[str, Any] | None = None,
    ) -> list[int]:
        """Archived records stay hidden unless they are asked for, by the context or by the domain."""
        terms = list(domain)
        named = any(isinstance(term, list | tuple) and str(term[0]) == "active" for term in terms)
        if "active" in self.fields[model] and not named and (context or {}).get("active_test", True):
            terms.append(["active", "=", True])
        test = compiled(self, model, terms)
        numbers = [number for number in self._candidates(model, terms) if test(number)]
        return self._sorted(model, numbers, order)

    def _candidates(self, model: str, terms: Sequence[Any]) -> Iterable[int]:
        rows = self.rows[model]
        operators = any(isinstance(term, str) for term in terms)
        for term in () if operators else terms:
            match term:
                case ["id", "=", int(number)]:
                    return [number] if number in rows else []
                case ["id", "in", [*numbers]]:
                    return [number for number in numbers if number in rows]
                case _:
                    pass
        return list(rows)

    def _sorted(self, model: str, numbers: list[int], order: str) -> list[int]:
        for part in reversed([part.strip() for part in order.split(",")]):
            name, _, direction = part.partition(" ")
            self.field(model, name)

            def key(number: int, name: str = name) -> tuple[bool, Any]:
                value = self.value(model, number, name, {})
                return value is not None, value if value is not None else 0

            numbers.sort(key=key, reverse=direction.strip().lower() == "desc")
        return numbers

    # --- changing --------------------------------------------------------------------------------------------------

    def create(self, model: str, values: Mapping[str, Any]) -> int:
        for name in values:
            self.field(model, name)
        number = self._last[model] + 1
        self._last[model] = number
        now = _now()
        record: Record = {"id": number, "create_date": now, "write_date": now}
        for name, field in self.fields[model].items():
            if name not in record and field.compute is None and name != "display_name":
                record[name] = [] if field.kind in ("o2m", "m2m") else _default(field)
        self.rows[model][number] = record
        self._later(lambda: self.rows[model].pop(number, None))
        self._set(model, record, values)
        for name, field in self.fields[model].items():
            if field.required and field.compute is None and record[name] in (None, ""):
                raise ValidationError(
                    f"The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n"
                    f"Model: {model}, field: {name}"
                )
        return number

    def write(self, model: str, number: int, values: Mapping[str, Any]) -> None:
        record = self.get(model, number)
        for name in values:
            self.field(model, name)
        self._set(model, record, values)
        self._put(record, "write_date", _now())

    def touch(self, model: str, number: int) -> None:
        """It changes by what hangs on it."""
        self._put(self.get(model, number), "write_date", _now())

    def unlink(self, model: str, number: int) -> None:
        record = self.get(model, number)
        for name, field in self.fields[model].items():
            if field.kind == "o2m" and field.compute is None:
                for child in list(record[name]):
                    self.unlink(field.to, child)
            if field.kind == "m2o" and record.get(name):
                self._leave(model, record, name, field)
        rows = self.rows[model]
        del rows[number]
        self._later(lambda: rows.__setitem__(number, record))

    def _set(self, model: str, record: Record, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            field = self.field(model, name)
            if field.compute is not None or name in ("id", "create_date", "write_date", "display_name"):
                continue
            if field.kind in ("o2m", "m2m"):
                self._command(model, record, name, field, value)
            elif field.kind == "m2o":
                self._point(model, record, name, field, value)
            else:
                self._put(record, name, _stored(field, value))

    def _point(self, model: str, record: Record, name: str, field: Field, value: Any) -> None:
        if value and not isinstance(value, int):
            raise UnknownField(f"Wrong value for {model}.{name}: {value!r}")
        if value:
            self.get(field.to, value)
        if record[name]:
            self._leave(model, record, name, field)
        self._put(record, name, value or None)
        back = self._back(model, name, field)
        if back and value:
            parent = self.get(field.to, value)
            self._put(parent, back, [*parent[back], record["id"]])

    def _leave(self, model: str, record: Record, name: str, field: Field) -> None:
        back = self._back(model, name, field)
        parent = self.rows[field.to].get(record[name]) if back else None
        if back and parent:
            self._put(parent, back, [each for each in parent[back] if each != record["id"]])

    def _back(self, model: str, name: str, field: Field) -> str | None:
        """The list on the other side that this reference is an entry of."""
        for back, other in self.fields.get(field.to, {}).items():
            if other.kind == "o2m" and other.to == model and other.by == name and other.compute is None:
                return back
        return None

    def _command(self, model: str, record: Record, name: str, field: Field, commands: Any) -> None:
        """A list is changed by commands alone: what none of them names stays as it is."""
        if not isinstance(commands, list):
            raise UnknownField(f"Wrong value for {model}.{name}: {commands!r}")
        for command in commands:
            match command:
                case [0, _, dict(values)] if field.kind == "o2m":
                    self.create(field.to, {**values, field.by: record["id"]})
                case [1, int(number), dict(values)]:
                    self.write(field.to, number, values)
                case [2, int(number), *_]:
                    self.unlink(field.to, number)
                case [4, int(number), *_] if field.kind == "m2m":
                    self.get(field.to, number)
                    self._put(
                        record, name, [*record[name], number] if number not in record[name] else record[name]
                    )
                case [5, *_] if field.kind == "m2m":
                    self._put(record, name, [])
                case [6, _, [*numbers]] if field.kind == "m2m":
                    for number in numbers:
                        self.get(field.to, number)
                    self._put(record, name, list(numbers))
                case _:
                    raise UnknownField(f"Unknown list command {command!r} for {model}.{name}")

    def _put(self, record: Record, name: str, value: Any) -> None:
        had, before = name in record, record.get(name)
        record[name] = value
        self._later(lambda: record.__setitem__(name, before) if had else record.pop(name, None))

    def _later(self, undo: Undo) -> None:
        if self._undo is not None:
            self._undo.append(undo)


def _default(field: Field) -> Any:
    if field.default is not None:
        return field.default() if callable(field.default) else field.default
    return {"bool": False, "float": Decimal(0), "int": 0}.get(field.kind)


def _stored(field: Field, value: Any) -> Any:
    """As the database would keep it."""
    if value is None or (value is False and field.kind != "bool"):
        return {"float": Decimal(0), "int": 0}.get(field.kind)
    match field.kind:
        case "float":
            return Decimal(str(value))
        case "datetime":
            return value if isinstance(value, datetime) else datetime.strptime(str(value), _FORMAT)  # noqa: DTZ007 - naive UTC
        case "date":
            return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
        case "bool":
            return bool(value)
        case "char" | "text":
            return str(value) or None
        case _:
            return value


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
