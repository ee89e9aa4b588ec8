"""The exception tree.

    TierlspError
    ├── SettingsError            a setting is wrong; names the key and what is used instead
    ├── BackendError             a model server did not give what was asked
    │   ├── Unavailable          no connection, timed out, still loading     → wait, fall back
    │   ├── Overloaded           queue full, 429, 503, out of memory         → wait longer, fall back
    │   ├── Rejected             400, 401, 403, unknown model, cannot fill   → tell once, fall back
    │   └── Garbled              an answer that cannot be read, or cut short → fall back
    ├── PrivacyError             something may not leave the machine
    │   ├── NeedsConsent         nobody has said yet whether this workspace may use cloud models → ask
    │   ├── NotAllowed           the settings, the person or an excluded file say no              → stay local
    │   └── AlteredPlaceholder   an answer changed what stands for a secret                       → refuse the edit
    ├── MoneyError               something may not be paid
    │   ├── OverBudget           a cap would be passed                       → ask, or stay local
    │   └── LedgerError          the ledger cannot be read or written        → nothing paid
    ├── RepositoryError          a git repository cannot be read, or is not as it must be
    └── StaleDocument            the text moved under the request

Every message is one sentence for a person: what happened, and what to do where something can be done.
Foreign exceptions are mapped to this tree in one place per library (`backends/http.py` for the HTTP client).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class TierlspError(Exception):
    """Anything that this package raises on purpose. `str()` of it is one sentence for a person."""


class SettingsError(TierlspError):
    """A setting that cannot be used."""


class BackendError(TierlspError):
    """A model server did not give what was asked.

    `cause` is a short stable name, such as `refused` or `model-missing`, by which a message is shown once until the
    cause is cured.
    """

    def __init__(self, message: str, *, cause: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.cause = cause
        self.retry_after_s = retry_after_s
        """Seconds that the server asks to be left alone; `None` if it did not say."""
        self.has_begun = False
        """Whether part of an answer had come, which then must be paid."""
        self.may_retry: bool | None = None
        """Whether asking again may help, in the server's own words (`x-should-retry`); `None` if it did not say."""
        self.usage: object = None
        """What the server had told of the usage until then; `backends.chat.usage_told` reads it."""


class Unavailable(BackendError):
    """Nobody answers: no connection, a time-out, a model that is still loading."""


class Overloaded(BackendError):
    """The server is there and has no room: queue full, rate limit, out of memory."""


class Rejected(BackendError):
    """The server understood and refused; asking again in the same way is useless."""


class Garbled(BackendError):
    """The answer cannot be read, is too large, or stopped before its end."""


class StaleDocument(TierlspError):
    """The document is at another version than the one asked about."""


class RepositoryError(TierlspError):
    """A git repository cannot be read, is too large, or is not as it must be to be read."""


class PrivacyError(TierlspError):
    """Something may not leave this machine."""


class NeedsConsent(PrivacyError):
    """Nobody has said yet whether this workspace may use cloud models."""

    def __init__(self, message: str, *, root: Path | None = None, model: str | None = None) -> None:
        super().__init__(message)
        self.root = root
        """The directory that the person is to be asked about; `None` where an answer cannot be kept."""
        self.model = model
        """`backend/model` that could do what a model on this machine could not, where that one was shown."""
        self.spent_usd: Decimal | None = Decimal(0)
        """What models that were asked before cost; `None` if a price is not known."""


class NotAllowed(PrivacyError):
    """It may not: the settings say so, the person does, or the file is excluded."""


class AlteredPlaceholder(PrivacyError):
    """An answer changed, moved or multiplied what stands in it for a secret."""


class MoneyError(TierlspError):
    """Something may not be paid."""


class OverBudget(MoneyError):
    """A cap would be passed."""

    def __init__(self, message: str, *, cap: str = "", over_usd: Decimal | None = None) -> None:
        super().__init__(message)
        self.cap = cap
        """The setting that holds it: `monthlyUsd`, `premiumUsd` or `actionUsd`."""
        self.over_usd = over_usd
        """By how much the call's highest price passes what is left; `None` if that price is not known."""


class LedgerError(MoneyError):
    """The ledger cannot be read or written."""
