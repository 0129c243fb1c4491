"""What a word runs in: the settings from the environment, completed by embedded servers where none are named."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from app import logs, settings
from app.local import completed
from app.settings import Settings, home
from app.steps import barrier


def from_environment() -> Settings:
    """The settings of a process that is given everything; raises Misconfigured with all that is missing."""
    found = settings.read(os.environ)
    logs.configure(found.log_level, sys.stderr.isatty())
    return found


@contextmanager
def complete() -> Iterator[Settings]:
    """The settings with embedded servers started where the environment names none."""
    with completed(os.environ, home(os.environ)) as environment:
        found = settings.read(environment)
        logs.configure(found.log_level, sys.stderr.isatty())
        barrier.install(found.crash_barrier)
        yield found
