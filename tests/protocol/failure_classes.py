"""What can become of a run: the good case, and each class of failure with the words of the one end that tells of it.

A class that cannot come up with an action is left out of it by a reason in words, `why_not`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.protocol.every_action import CHANGES, CHECKED, Gives, Row


class Spent(StrEnum):
    """What the ledger has for the questions that a fault answered; those that were answered are booked as counted."""

    NOTHING = "nothing"
    ESTIMATE = "estimate"


class Meanwhile(StrEnum):
    """What the person does to the document while the answer is written."""

    NOTHING = "nothing"
    TYPES_INSIDE = "types where the answer belongs"
    TYPES_ELSEWHERE = "types elsewhere"
    CLOSES = "closes the document"


class Editor(StrEnum):
    """What the editor does with what it is given."""

    WELL = "well"
    LEAVES_EDITS_OUT = "says that it did not apply the edit"
    ERRS = "answers with an error"
    SHOWS_NO_PAGE = "shows no page"


def always(row: Row) -> str:
    """There is no action that it cannot come up with."""
    return ""


@dataclass(frozen=True)
class Failure:
    """One class of failures, or the good case."""

    name: str
    end: str = ""
    """In the end's message, where the row's own words for a good end are not."""
    is_good: bool = False
    """Whether the right result comes all the same."""
    why_not: Callable[[Row], str] = always
    """Gives why an action cannot end like this; empty where it can."""
    end_of: Callable[[Row], str] | None = None
    """Gives `end` where it is not the same for all."""
    is_good_for: Callable[[Row], bool] | None = None
    """The same for `is_good`."""
    fault: str = ""
    """What the provider does wrong (`chat_faults.FAULTS`)."""
    is_fault_once: bool = False
    """Whether that is all that goes wrong; else each question ends in it."""
    spent: Spent = Spent.NOTHING
    answers: tuple[str, ...] = ("good",)
    """Which of the row's answers come, in order; the last one for all that follow."""
    by_large: str = ""
    """The same for the premium model; empty for `answers`."""
    reason: str = ""
    """Why the model says that it stopped."""
    is_asked: bool = True
    """Whether any model is asked."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """As `room.settings_of` takes them."""
    argument: Mapping[str, Any] = field(default_factory=dict)
    """More of `tierlsp.run`."""
    meanwhile: Meanwhile = Meanwhile.NOTHING
    editor: Editor = Editor.WELL
    answer: Mapping[str, str] = field(default_factory=dict)
    """What the person says to a question, by one of its titles; without it the row's own answer, or none."""
    folder: str = ""
    """Below the run's folder: where the document is."""
    is_long: bool = False
    """Whether the document is longer than any action takes."""
    is_asked_about: str = ""
    """A title of the question that the person is asked on the way."""

    def __str__(self) -> str:
        return self.name

    def gives(self, row: Row) -> bool:
        """Whether the right result comes."""
        return self.is_good if self.is_good_for is None else self.is_good_for(row)

    def words(self, row: Row) -> str:
        """Return what the end says."""
        said = self.end if self.end_of is None else self.end_of(row)
        return said or row.said


# ------------------------------------------------------------------ what cannot be


def _only(kinds: frozenset[Gives], why: str) -> Callable[[Row], str]:
    return lambda row: "" if row.gives in kinds else why


def _without(name: str, why: str) -> Callable[[Row], str]:
    return lambda row: "" if getattr(row, name) else why


_CODE = _only(CHECKED, "no code comes of it")
_CHANGE = _only(CHANGES, "nothing is changed by it")


def _cheap(row: Row) -> str:
    return _CODE(row) or ("" if row.tier == "cheap" else "no tier is above the one that serves it")


def _own_way(row: Row) -> str:
    return f"its question goes the way of {row.like}" if row.like else ""


def _documented(row: Row) -> str:
    return "" if row.has_document else "no document is open that could be changed"


def _in_the_editor(row: Row) -> str:
    return _CHANGE(row) or (f"its edit goes the way of {row.like}" if row.like else "")


def _paged(row: Row) -> str:
    return "" if row.page or row.gives is Gives.FILES else "no page comes of it"


def _chosen(row: Row) -> str:
    return "" if row.gives in (Gives.FILES, Gives.CHOICES) else "the person is asked nothing about its result"


def _guarded(row: Row) -> str:
    if row.gives not in (Gives.EDIT, Gives.CHOICES, Gives.FILES):
        return "it does not change the file at hand"
    return _documented(row)


def _long(row: Row) -> str:
    if row.gives is Gives.FINDINGS:
        return "it is made in parts"
    if row.argument["action"] == "commit":
        return "what does not fit of a diff is named and not sent"
    if row.argument["action"] in ("names", "sql"):
        return "it looks for one name or statement, wherever it stands"
    return _documented(row)


# ------------------------------------------------------------------ words that differ


def _typed_inside(row: Row) -> str:
    if row.gives is Gives.FINDINGS:
        return "one of them is only on the page"
    return "was changed where the edit belongs" if _is_of_the_document(row) else ""


def _closed(row: Row) -> str:
    if row.gives is Gives.FINDINGS:
        return "one of them is only on the page"
    return "was closed meanwhile, so nothing was changed" if _is_of_the_document(row) else ""


def _is_of_the_document(row: Row) -> bool:
    return row.gives in (Gives.EDIT, Gives.FILES, Gives.CHOICES, Gives.MESSAGE)


def _is_of_none(row: Row) -> bool:
    return not _is_of_the_document(row)


def _wrong(row: Row) -> str:
    if row.gives is Gives.FINDINGS:
        return "0 of 1 parts"
    if row.gives is Gives.CHOICES:
        return "no name for radius"
    return "wrote no message" if row.argument["action"] == "commit" else "nothing was changed"


def _half(row: Row) -> str:
    return "0 of 1 parts" if row.gives is Gives.FINDINGS else "nothing was changed"


def _unmatched(row: Row) -> str:
    return "without evidence" if row.gives is Gives.FINDINGS else "nothing was changed"


def _cut_short(row: Row) -> str:
    if row.gives is Gives.TEXT and row.argument["action"] != "commit":
        return ""
    if row.gives is Gives.CHOICES:
        return ""
    return "did not come to"


def _is_told_all_the_same(row: Row) -> bool:
    return not _cut_short(row)


def _where(row: Row) -> str:
    # Of changes that are shown first the question says it, before they are made.
    return "" if row.gives is Gives.FILES else "it is in"


def _said_no(row: Row) -> str:
    return "nothing was chosen" if row.gives is Gives.CHOICES else "nothing was changed"


_CHEAP = {"tier": "cheap"}
_NO = {"Apply": "Leave them out", "metres": "Leave it"}

GOOD = Failure("good", is_good=True)

FAILURES: tuple[Failure, ...] = (
    # The provider, whose tier is pinned where another model would be waited for.
    Failure("key refused", "does not take the API key", fault="401"),
    Failure("forbidden", "does not take the API key", fault="403", why_not=_own_way),
    Failure("no quota", "no money or quota left", fault="402", why_not=_own_way),
    Failure("rate limited", "too many requests", fault="429-long", why_not=_own_way),
    Failure("overloaded", "overloaded", fault="529", argument=_CHEAP, why_not=_own_way),
    Failure("stumbles once", fault="500", is_fault_once=True, is_good=True, argument=_CHEAP, why_not=_own_way),
    Failure("stumbles always", "failed by itself", fault="500", argument=_CHEAP, why_not=_own_way),
    Failure("no connection", "nobody answers", settings={"is_up": False}, is_asked=False, why_not=_own_way),
    Failure("no such model", "has no such model", fault="404-model", argument=_CHEAP, why_not=_own_way),
    Failure("bad request", "please report it", fault="400", argument=_CHEAP, why_not=_own_way),
    Failure("too long for it", "longer than the model can read", fault="context", argument=_CHEAP, why_not=_own_way),
    Failure("moderated", "content filter", fault="403-moderation", argument=_CHEAP, why_not=_own_way),
    Failure("redirected", "redirects", fault="redirect", argument=_CHEAP, why_not=_own_way),
    # The answer as it comes.
    Failure("cut off", "broke off", fault="cut-mid", spent=Spent.ESTIMATE),
    Failure("fails midway", "failed", fault="error-mid", spent=Spent.ESTIMATE, why_not=_own_way),
    Failure(
        "garbage",
        "sent events that cannot be read",
        fault="two-malformed",
        spent=Spent.ESTIMATE,
        argument=_CHEAP,
        why_not=_own_way,
    ),
    Failure(
        "a web page",
        "not JSON: a page for browsers",
        fault="200-page",
        spent=Spent.ESTIMATE,
        argument=_CHEAP,
        why_not=_own_way,
    ),
    Failure("cut short", end_of=_cut_short, is_good_for=_is_told_all_the_same, reason="length"),
    Failure("declined", "declined", reason="content_filter"),
    Failure("empty", "empty answer", answers=("empty",)),
    # What the answer says.
    Failure("wrong form", end_of=_wrong, answers=("wrong",), why_not=_without("wrong", "any text is an answer")),
    Failure("unreadable", end_of=_half, answers=("half",), why_not=_without("half", "it has no form to break off in")),
    Failure(
        "does not match",
        end_of=_unmatched,
        answers=("unmatched",),
        why_not=_without("unmatched", "nothing is looked up in the code"),
    ),
    Failure(
        "does not parse", "nothing was changed", answers=("broken",), why_not=_without("broken", "no code comes of it")
    ),
    Failure("repaired", is_good=True, answers=("broken", "good"), why_not=_CODE),
    Failure("from above", is_good=True, answers=("broken",), by_large="good", why_not=_cheap),
    Failure("nothing to do", "it is fine", answers=("nothing",), why_not=_CODE),
    # Money, consent, settings.
    Failure("over budget", "within the budget", settings={"more": "[budget]\nactionUsd = 0.000001"}, is_asked=False),
    Failure(
        "month spent",
        "`budget.monthlyUsd` are spent",
        settings={"more": "[budget]\nmonthlyUsd = 0"},
        is_asked=False,
        why_not=_own_way,
    ),
    Failure("above the price", "could cost up to", argument={"maxUsd": 0.0000001}, is_asked=False, why_not=_own_way),
    Failure(
        "no consent",
        "only if you allow it",
        settings={"cloud": "ask"},
        is_asked=False,
        is_asked_about="Allow for this workspace",
    ),
    Failure(
        "consent given",
        is_good=True,
        settings={"cloud": "ask"},
        is_asked_about="Allow for this workspace",
        answer={"Allow for this workspace": "Allow for this workspace"},
        why_not=_own_way,
    ),
    Failure("cloud forbidden", "nothing may leave this machine", settings={"cloud": "never"}, is_asked=False),
    Failure(
        "tier forbidden",
        "nothing may leave this machine",
        settings={"cloud": "never"},
        argument=_CHEAP,
        is_asked=False,
        why_not=_own_way,
    ),
    Failure("no model", "no model can do this", settings={"has_models": False}, is_asked=False, why_not=_own_way),
    Failure("no key", "does not take the API key", settings={"key": "NO_SUCH_KEY"}, why_not=_own_way),
    # The document, the person and the editor.
    Failure(
        "typed inside",
        end_of=_typed_inside,
        is_good_for=_is_of_none,
        meanwhile=Meanwhile.TYPES_INSIDE,
        why_not=_documented,
    ),
    Failure("typed elsewhere", is_good=True, meanwhile=Meanwhile.TYPES_ELSEWHERE, why_not=_documented),
    Failure("closed", end_of=_closed, is_good_for=_is_of_none, meanwhile=Meanwhile.CLOSES, why_not=_documented),
    Failure("edit left out", "did not apply the edit: no", editor=Editor.LEAVES_EDITS_OUT, why_not=_in_the_editor),
    Failure("edit refused", "the editor refused the edit", editor=Editor.ERRS, why_not=_in_the_editor),
    Failure("no page shown", end_of=_where, is_good=True, editor=Editor.SHOWS_NO_PAGE, why_not=_paged),
    Failure("result not wanted", end_of=_said_no, answer=_NO, why_not=_chosen),
    Failure(
        "protected",
        "nothing was changed",
        folder=".vscode/",
        is_asked=False,
        is_asked_about="Let it be changed",
        why_not=_guarded,
    ),
    Failure("too much", "this is too much at once", is_long=True, is_asked=False, why_not=_long),
)
"""The classes, in the order in which a run meets them."""
