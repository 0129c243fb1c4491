"""What can go wrong with an embedded server, for whoever starts it."""

from __future__ import annotations


class EmbeddedError(RuntimeError):
    """An embedded server could not be started; the sentence says why."""


class AlreadyRunning(EmbeddedError):
    """Another process already runs a server on this data."""
