"""The architecture on one page: what a Store and a Host are, and what everything between them may rely on.

Two sides speak only the canonical records of `app.domain`. Each side is a record of Sources (can be read) and Sinks
(can be written); a power that a side lacks is a `Missing` with its reason. Adapters raise the errors of `app.errors`:
`Retry` and `Throttled` when nothing can have happened, `Unclear` when something may have, `Rejected` when this record
was refused, `Misconfigured` and `AccessLost` when the connection is at fault.
"""

from app.ports.bulk import BulkFrom, BulkSeen, BulkStarted, BulkState, FileLine, StockBulk
from app.ports.doors import (
    Answer,
    Download,
    HostState,
    Http,
    Lane,
    Limiter,
    Permits,
    Request,
    TokenProvider,
)
from app.ports.mail import Mail, Mailer
from app.ports.reading import (
    Change,
    Flow,
    Hint,
    Page,
    Reader,
    Source,
    Span,
)
from app.ports.sides import (
    Delivery,
    Fence,
    FormField,
    Health,
    Host,
    HostSpec,
    Lapse,
    Missing,
    ReservesAt,
    Store,
    StoreAccess,
    StoreSpec,
    TaxRule,
)
from app.ports.status import StatusSource
from app.ports.stock import LevelsWritten, StockNews, StockPage, StockSource, StockStore
from app.ports.writing import (
    Choice,
    Evidence,
    Found,
    HostField,
    Json,
    Listed,
    Mark,
    Marks,
    Sink,
    Step,
    StepKind,
)

__all__ = [
    "Answer",
    "BulkFrom",
    "BulkSeen",
    "BulkStarted",
    "BulkState",
    "Change",
    "Choice",
    "Delivery",
    "Download",
    "Evidence",
    "Fence",
    "FileLine",
    "Flow",
    "FormField",
    "Found",
    "Health",
    "Hint",
    "Host",
    "HostField",
    "HostSpec",
    "HostState",
    "Http",
    "Json",
    "Lane",
    "Lapse",
    "LevelsWritten",
    "Limiter",
    "Listed",
    "Mail",
    "Mailer",
    "Mark",
    "Marks",
    "Missing",
    "Page",
    "Permits",
    "Reader",
    "Request",
    "ReservesAt",
    "Sink",
    "Source",
    "Span",
    "StatusSource",
    "Step",
    "StepKind",
    "StockBulk",
    "StockNews",
    "StockPage",
    "StockSource",
    "StockStore",
    "Store",
    "StoreAccess",
    "StoreSpec",
    "TaxRule",
    "TokenProvider",
]
