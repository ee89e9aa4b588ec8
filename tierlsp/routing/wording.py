"""How a failed call is told: what was tried, what became of each, and what to do. One sentence. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tierlsp.routing.spend import Cost


@dataclass(frozen=True, slots=True)
class Note:
    """A model that gave no answer, or was not even asked."""

    model: str
    """`backend/model`."""
    cause: str
    """As of `BackendError`; `budget`, `consent`, `ledger`, `resting`, `off`, `unknown` or `in-use` of one not asked."""
    sentence: str
    """What happened, in full, as a sentence."""
    phrase: str = ""
    """The same in words that follow the model's name; empty for those of the cause."""

    @property
    def short(self) -> str:
        """Return the model's name and what happened, for a list."""
        return f"{self.model} {self.phrase or PHRASES.get(self.cause, 'gave no answer')}"


PHRASES: Mapping[str, str] = {
    "refused": "does not answer",
    "unknown-host": "has a host that is not known",
    "tls": "allows no safe connection",
    "connect-timeout": "takes no connection",
    "redirect": "redirects",
    "not-http": "does not speak HTTP",
    "unauthorised": "refused the API key",
    "quota": "has no money or quota left",
    "not-found": "is not offered",
    "model-missing": "is not installed",
    "rate-limit": "has had too many requests",
    "busy": "has no room",
    "overloaded": "is overloaded",
    "pool": "has too many requests under way",
    "loading": "is still loading",
    "out-of-memory": "does not fit into memory",
    "server-error": "failed",
    "gateway": "is not reachable behind its gateway",
    "dropped": "closed the connection",
    "cut": "broke off",
    "stalled": "stopped in the middle",
    "timeout": "did not answer in time",
    "empty": "gave an empty answer",
    "hole": "sent an answer with a hole",
    "length": "did not come to the end of its answer",
    "refusal": "declined",
    "moderation": "declined",
    "context": "cannot read so long a text",
    "bad-request": "did not understand the request",
    "rejected": "did not understand the request",
    "budget": "would cost too much",
    "consent": "may not read this",
    "ledger": "costs money, and the ledger cannot be written",
    "resting": "is being left alone after failing",
    "unknown": "is not set up",
    "in-use": "is busy with other work of yours",
}
"""What follows a model's name."""

MENDS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"unauthorised", "off"}), "check the API keys with: tierlsp doctor --online"),
    (frozenset({"quota"}), "top up the account, or name another provider in `tiers`"),
    (frozenset({"budget"}), "allow more with `maxUsd`, or in the section `budget` of the settings"),
    (frozenset({"ledger"}), "see what is wrong with: tierlsp doctor"),
    (frozenset({"consent"}), "choose a local model, or allow cloud models with: tierlsp consent allow"),
    (frozenset({"context"}), "choose a smaller piece of code, or a model with a larger window"),
    (frozenset({"length"}), "choose a smaller piece of code"),
    (frozenset({"refusal", "moderation"}), "ask in other words, or choose another model"),
    (frozenset({"bad-request", "rejected"}), "please report it"),
    (frozenset({"refused", "unknown-host", "tls", "connect-timeout", "not-found", "model-missing", "unknown"}),
     "see what can serve with: tierlsp doctor"),
)  # fmt: skip
"""What to do, by the causes that call for it; the first that fits."""

TRY_LATER = "try again in a moment, or name more models in `tiers`"

MOST_NAMED = 4
"""So many models are named one by one; more would be no sentence."""


def failure(notes: Sequence[Note], *, late_after_ms: float | None = None) -> tuple[str, str]:
    """Return the sentence for a call without an answer, and its cause.

    Args:
        notes: what became of each model, in order; of one that was asked twice, the last.
        late_after_ms: the run's time limit, if that is what ended it.
    """
    last_of = {note.model: note for note in notes}
    told = list(last_of.values())
    if late_after_ms is not None:
        tried = f": {_listed(told)}" if told else ""
        seconds = late_after_ms / 1000
        return (
            f"no answer came within {seconds:g} s{tried}; choose a smaller piece of code or another model",
            "deadline",
        )
    if not told:
        return f"there is no model for this; {MENDS[-1][1]}", "nothing-left"
    causes = {note.cause for note in told}
    cause = causes.pop() if len(causes) == 1 else "nothing-left"
    mend = _mend({note.cause for note in told})
    if len(told) == 1:
        return _with_mend(told[0].sentence, mend), cause
    return _with_mend(f"no model gave an answer: {_listed(told)}", mend), cause


def after(note: Note, cost: Cost | None) -> str:
    """Return why a model was given up, with what that cost all the same; `None` is nothing."""
    sentence = note.sentence.rstrip(".")
    if cost is None or cost.usd == 0:
        return sentence
    if cost.usd is None:
        price = "an unknown sum"
    else:
        price = "less than $0.0001" if cost.usd < Decimal("0.0001") else f"about ${cost.usd:.4f}"
    return f"{sentence}; that cost {price} all the same"


def _listed(notes: Sequence[Note]) -> str:
    named = [note.short for note in notes[:MOST_NAMED]]
    if len(notes) > MOST_NAMED:
        named.append(f"{len(notes) - MOST_NAMED} more gave none either")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _mend(causes: set[str]) -> str:
    return next((mend for signs, mend in MENDS if signs & causes), TRY_LATER)


def _with_mend(sentence: str, mend: str) -> str:
    # Many sentences of the backends say already what to do, behind a semicolon.
    return sentence if ";" in sentence else f"{sentence.rstrip('.')}; {mend}"
