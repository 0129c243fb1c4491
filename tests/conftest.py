"""What every test may ask for: one PostgreSQL and one Valkey for each process of the run, in memory where that is possible."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import structlog
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from app.embedded import EmbeddedPostgres, EmbeddedValkey, in_memory, temporary_home
from app.models import schema
from app.models.database import Database
from tests.databases import Lent
from tests.drawing import LONG

settings.register_profile(LONG)
_ROOM_IN_MEMORY = 2_000_000_000
_BROWSER = "tests/browser/"
_FIRST_HALF = ("test_graphiql", "test_page", "test_practice", "test_setup", "test_stream", "test_views")
_LONGEST = (
    "browser/",
    "bench/test_crash.py",
    "bench/test_stock_bench.py",
    "journeys/test_demo.py",
    "journeys/test_up.py",
    "mapping/test_any_order.py",
    "graphql/test_bounded.py",
    "stores/test_seams.py",
    "stores/test_stock",
)
_MOST_PATIENT = ("rigs/", "hosts/tryton/test_many_at_once.py")
gc.set_threshold(50_000, 20, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that no process is left alone with one at the end.

    Those that need a Tryton come second, and the most patient of them last: their databases are made beside a run, one
    after the other, and nobody is to wait for them.
    """
    prepared = {item.path for item in items if item.get_closest_marker("tryton")}
    items.sort(key=lambda item: _turn(item, prepared=item.path in prepared))


def pytest_collection_finish() -> None:
    """What was imported and collected stays: walking it for cycles, time and again, was a tenth of a run."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return ByPlace(config, log)


class ByPlace(LoadFileScheduling):
    """A file stays in one process. The browser tests are two halves that take as long: each process that has some of them
    starts everything for its own, and in one they would be what a run waits for in the end.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        if not file.startswith(_BROWSER):
            return file
        return f"{_BROWSER}{file.removeprefix(_BROWSER).startswith(_FIRST_HALF)}"


def _turn(item: pytest.Item, *, prepared: bool) -> tuple[int, int]:
    place = item.nodeid.partition("::")[0].removeprefix("tests/")
    for turn, places in ((0, _LONGEST), (2, _MOST_PATIENT)):
        for number, known in enumerate(places):
            if place.startswith(known):
                return turn, number
    return (1 if prepared else 3), 0


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """As nobody has said how to log, structlog would draw each traceback with its variables, for seconds."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


@pytest.fixture(scope="session")
def server_home() -> Iterator[Path]:
    """A short path that other accounts may pass through, as the servers give up root."""
    with temporary_home(in_memory(_ROOM_IN_MEMORY)) as home:
        yield home


@pytest.fixture(scope="session")
def postgres(server_home: Path) -> Iterator[EmbeddedPostgres]:
    """The server; `postgres.dsn(user, database)` is an address for asyncpg."""
    with EmbeddedPostgres(server_home / "postgres", durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(server_home: Path) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(server_home / "valkey", durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_url(valkey: EmbeddedValkey) -> str:
    return valkey.url()


# --- databases -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """One database by its three users: the owner, the web's role and the intake's role."""

    name: str
    owner: str
    app: str
    intake: str


@dataclass(frozen=True, kw_only=True)
class Template:
    """A migrated database, made once and cloned by who stays connected for that; `free`: clones that nobody has just now."""

    name: str
    superuser: asyncpg.Connection
    free: list[Lent] = field(default_factory=list)


@pytest.fixture(scope="session")
async def template(postgres: EmbeddedPostgres) -> AsyncIterator[Template]:
    superuser = await asyncpg.connect(postgres.dsn("postgres", "postgres"))
    found = _addresses(postgres, "template_migrated")
    await superuser.execute(f'CREATE DATABASE "{found.name}"')
    await schema.migrate(owner_url=found.owner, app_url=found.app, intake_url=found.intake)
    made = Template(name=found.name, superuser=superuser)
    yield made
    for each in made.free:
        await each.eye.close()
    await superuser.close()


@pytest.fixture
async def addresses(postgres: EmbeddedPostgres, template: Template) -> AsyncIterator[Addresses]:
    """A migrated, empty database."""
    async with cloned(postgres, template) as made:
        yield made


@asynccontextmanager
async def cloned(postgres: EmbeddedPostgres, template: Template) -> AsyncIterator[Addresses]:
    """For as long as somebody needs it; a test that needs one alone asks for `addresses`."""
    lent = template.free.pop() if template.free else await _new(postgres, template)
    yield _addresses(postgres, lent.name)
    if await lent.emptied():
        template.free.append(lent)
        return
    await lent.eye.close()
    await template.superuser.execute(f'DROP DATABASE "{lent.name}" WITH (FORCE)')


async def _new(postgres: EmbeddedPostgres, template: Template) -> Lent:
    name = f"test_{uuid4().hex[:12]}"
    # By default all that is copied goes through the log as well.
    copied = f'TEMPLATE "{template.name}" STRATEGY file_copy'
    await template.superuser.execute(f'CREATE DATABASE "{name}" {copied}')
    return await Lent.new(name, postgres.dsn("postgres", name))


@pytest.fixture
async def database(addresses: Addresses) -> AsyncIterator[Database]:
    """That database as the app's role sees it, with row-level security in force."""
    opened = await Database.open(addresses.app, size=8)
    yield opened
    await opened.close()


def _addresses(postgres: EmbeddedPostgres, name: str) -> Addresses:
    return Addresses(
        name=name,
        owner=postgres.dsn("postgres", name),
        app=postgres.dsn("stockbridge_web", name),
        intake=postgres.dsn("stockbridge_door", name),
    )
