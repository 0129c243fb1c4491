"""The door to one Odoo database: JSON-2 from version 19 on, JSON-RPC before, behind one way of calling a method."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from typing import TypeVar

from app.errors import AccessLost, Misconfigured
from app.hosts.odoo import trees
from app.hosts.odoo.refusals import malformed, refusal_of, rpc_refusal_of
from app.hosts.odoo.trees import Tree
from app.hosts.odoo.version import FIRST_JSON2, Version, asked_at, asked_old, version_of
from app.hosts.odoo.wire import Domain, Named, Row, options_of, rows_of, strange, type_of
from app.outbound import json_of
from app.ports import Answer, Http, Json, Request

T = TypeVar("T", bound=Row)

CALL_DEADLINE = timedelta(seconds=20)
_AGENT = "Stockbridge"
# Within a request Odoo looks at nothing but these: English sentences, and one company.
_LANGUAGE = "en_US"
_WRITTEN = {"create": "vals_list", "write": "vals"}
_NESTED_SINCE = 17
"""From this version on one call reads records with what hangs on them."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """What the form asks for. `login` is for versions before 19 alone; `company` empty: there is only one.

    `language`: of what products are told in; sentences and codes are English, as they are compared.
    """

    address: str
    database: str
    key: str = field(repr=False)
    login: str
    company: str
    language: str = ""


class Company(Row, frozen=True, kw_only=True):
    name: str
    currency_id: Named

    @property
    def currency(self) -> str:
        return self.currency_id.display_name or ""


class Odoo:
    """Whatever is no success raises one of our errors. What it learned of the server it keeps while it is open."""

    def __init__(self, http: Http, access: Access) -> None:
        self._http, self._access = http, access
        self._root = access.address.rstrip("/")
        self._version: Version | None = None
        self._user: int | None = None
        self._company: Company | None = None
        self._fields: dict[str, dict[str, str]] = {}
        self._options: dict[tuple[str, str], frozenset[str]] = {}
        self._learning = asyncio.Lock()

    # --- reading ---------------------------------------------------------------------------------------------------

    async def rows(
        self,
        kind: type[T],
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        order: str = "id",
        most: int | None = None,
        context: Mapping[str, Json] | None = None,
    ) -> list[T]:
        """`context` joins the company's: what computed fields are computed for."""
        asked: dict[str, Json] = {"domain": domain, "fields": list(fields), "order": order}
        if most is not None:
            asked["limit"] = most
        return rows_of(kind, await self._read(model, "search_read", asked, context))

    async def deep(
        self,
        kind: type[T],
        model: str,
        domain: Domain,
        tree: Tree,
        *,
        order: str = "id",
        most: int | None = None,
        context: Mapping[str, Json] | None = None,
    ) -> list[T]:
        """Rows with what hangs on them: by one call where this version can, else a call for each model."""
        if (await self.version()).major < _NESTED_SINCE:

            async def read(model: str, method: str, asked: dict[str, Json]) -> Json:
                return await self._read(model, method, asked, context)

            return rows_of(kind, await trees.level_by_level(read, model, domain, tree, order, most))
        asked: dict[str, Json] = {
            "domain": domain,
            "specification": trees.specification(tree),
            "order": order,
        }
        if most is not None:
            asked["limit"] = most
        match await self._read(model, "web_search_read", asked, context):
            case {"length": int(), "records": list(records)}:
                return rows_of(kind, records)
            case _:
                raise strange(writes=False)

    async def has(self, model: str, name: str) -> bool:
        """Whether the model has this field here: versions and modules differ."""
        return name in await self._known(model)

    async def text(self, model: str, name: str, plain: str) -> str:
        """As the field takes it: what is printed on documents is a page in later versions, in which lines would run together

        and words in angle brackets be lost.
        """
        if (await self._known(model)).get(name) != "html":
            return plain
        return "<br/>".join(escape(line) for line in plain.splitlines())

    async def _known(self, model: str) -> dict[str, str]:
        """The model's fields here, and of what type each is."""
        if model not in self._fields:
            match await self._read(model, "fields_get", {"attributes": ["type"]}, None):
                case dict() as known:
                    self._fields[model] = {name: type_of(told) for name, told in known.items()}
                case _:
                    raise strange(writes=False)
        return self._fields[model]

    async def options(self, model: str, name: str) -> frozenset[str]:
        """The values that a field of a fixed few may have here: modules add some. None at all where Odoo does not tell."""
        if (model, name) not in self._options:
            asked: dict[str, Json] = {"allfields": [name], "attributes": ["selection"]}
            match await self._read(model, "fields_get", asked, None):
                case dict() as known:
                    self._options[model, name] = options_of(known.get(name))
                case _:
                    raise strange(writes=False)
        return self._options[model, name]

    async def first_of(self, model: str, *names: str) -> str:
        """The name that a field has here, of those that it has in one version or another."""
        for name in names[:-1]:
            if await self.has(model, name):
                return name
        return names[-1]

    # --- writing ---------------------------------------------------------------------------------------------------

    async def create(
        self, model: str, *values: Mapping[str, Json], context: Mapping[str, Json] | None = None
    ) -> list[int]:
        """The numbers of the new records, in order."""
        rows: list[Json] = [dict(each) for each in values]
        match await self.press(model, "create", None, {"vals_list": rows}, context=context):
            case list(ids) if len(ids) == len(rows) and all(isinstance(each, int) for each in ids):
                return [each for each in ids if isinstance(each, int)]
            case _:
                raise strange(writes=True)

    async def write(self, model: str, ids: Sequence[int], values: Mapping[str, Json]) -> None:
        """Odoo says true to what it has written; anything else is no answer of its own."""
        if await self.press(model, "write", ids, {"vals": dict(values)}) is not True:
            raise strange(writes=True)

    async def press(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        asked: Mapping[str, Json] | None = None,
        *,
        context: Mapping[str, Json] | None = None,
    ) -> Json:
        """A method that changes something, and what it answers: only the caller knows which answer is a success."""
        return await self._call(model, method, ids, asked or {}, await self._around(context), writes=True)

    # --- what is behind it -----------------------------------------------------------------------------------------

    async def version(self) -> Version:
        async with self._learning:
            if self._version is None:
                answer = await self._send("GET", f"{self._root}/web/version", None, {}, writes=False)
                if not asked_at(answer):
                    answer = await self._post("/jsonrpc", asked_old(), {}, writes=False)
                self._version = version_of(answer)
            return self._version

    async def company(self) -> Company:
        """The one that every call is made for."""
        if self._company is None:
            self._company = await self._chosen_company()
        return self._company

    async def _chosen_company(self) -> Company:
        asked: dict[str, Json] = {"domain": [], "fields": ["name", "currency_id"], "order": "id"}
        answer = await self._call(
            "res.company", "search_read", None, asked, {"lang": _LANGUAGE}, writes=False
        )
        found = rows_of(Company, answer)
        wanted = self._access.company
        fitting = [each for each in found if wanted.casefold() in (each.name.casefold(), str(each.id), "")]
        if len(fitting) == 1:
            return fitting[0]
        names = ", ".join(each.name for each in found)
        if wanted:
            sentence = f"Odoo's user sees no company “{wanted}”; it sees: {names}."
        else:
            sentence = f"Odoo's user sees several companies; name one of them in the form: {names}."
        raise Misconfigured("company.unclear", sentence)

    async def _around(self, context: Mapping[str, Json] | None) -> dict[str, Json]:
        company = (await self.company()).id
        return {"lang": _LANGUAGE, "allowed_company_ids": [company], **(context or {})}

    async def _read(
        self, model: str, method: str, asked: dict[str, Json], context: Mapping[str, Json] | None
    ) -> Json:
        ids = asked.pop("ids", None)
        numbers = [each for each in ids if isinstance(each, int)] if isinstance(ids, list) else None
        return await self._call(model, method, numbers, asked, await self._around(context), writes=False)

    async def _call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        asked: Mapping[str, Json],
        context: Mapping[str, Json],
        *,
        writes: bool,
    ) -> Json:
        named: dict[str, Json] = {**asked, "context": dict(context)}
        if (await self.version()).major >= FIRST_JSON2:
            return await self._json2(model, method, ids, named, writes=writes)
        return await self._json_rpc(model, method, ids, named, writes=writes)

    async def _json2(
        self, model: str, method: str, ids: Sequence[int] | None, named: dict[str, Json], *, writes: bool
    ) -> Json:
        if ids is not None:
            named["ids"] = list(ids)
        for label, typed in (("API key", self._access.key), ("Database", self._access.database)):
            if not typed.isascii():  # up to 18 it may be a password, and goes in the body
                raise malformed(label)
        headers = {"authorization": f"bearer {self._access.key}"}
        if self._access.database:
            headers["x-odoo-database"] = self._access.database
        answer = await self._post(f"/json/2/{model}/{method}", named, headers, writes=writes)
        if error := refusal_of(answer, writes=writes):
            raise error
        return json_of(answer, writes=writes)

    async def _json_rpc(
        self, model: str, method: str, ids: Sequence[int] | None, named: dict[str, Json], *, writes: bool
    ) -> Json:
        """The numbers first, then what is created or written: what those are called differs from model to model there."""
        place: list[Json] = [list(ids)] if ids is not None else []
        if method in _WRITTEN:
            place.append(named.pop(_WRITTEN[method]))
        user = await self._signed_in()
        words: list[Json] = [self._access.database, user, self._access.key, model, method, place, named]
        return await self._service("object", "execute_kw", words, writes=writes)

    async def _signed_in(self) -> int:
        """The user's number, which goes along with the key."""
        if self._user is None:
            if not (self._access.login and self._access.database):
                raise Misconfigured(
                    "form.incomplete",
                    "An Odoo before version 19 needs the database's name and the user's login.",
                )
            words: list[Json] = [self._access.database, self._access.login, self._access.key, {}]
            match await self._service("common", "authenticate", words, writes=False):
                case int(user) if user > 0:
                    self._user = user
                case _:
                    raise AccessLost("access.refused", "Odoo refused the login or the key.")
        return self._user

    async def _service(self, service: str, method: str, words: list[Json], *, writes: bool) -> Json:
        body: dict[str, Json] = {
            "jsonrpc": "2.0",
            "method": "call",
            "id": 1,
            "params": {"service": service, "method": method, "args": words},
        }
        answer = await self._post("/jsonrpc", body, {}, writes=writes)
        if error := refusal_of(answer, writes=writes):
            raise error
        match json_of(answer, writes=writes):
            case {"error": refused} if refused:
                raise rpc_refusal_of(refused, writes=writes)
            case {"result": result}:
                return result
            case {"jsonrpc": _}:
                # A method that gave nothing back: Odoo leaves the key out then.
                return None
            case _:
                raise strange(writes=writes)

    async def _post(self, path: str, body: Json, headers: Mapping[str, str], *, writes: bool) -> Answer:
        return await self._send("POST", self._root + path, json.dumps(body).encode(), headers, writes=writes)

    async def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], *, writes: bool
    ) -> Answer:
        sent = {"user-agent": _AGENT, "content-type": "application/json", **headers}
        return await self._http.send(
            Request(method=method, url=url, headers=sent, body=body, deadline=CALL_DEADLINE, writes=writes)
        )
