"""What a person asks for, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from tierlsp.routing.facts import Kind, Scope
from tierlsp.routing.tiers import Tier


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a document: both count from 0, the column in code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """The text between two places, the end not included."""

    start: Place
    end: Place


class Severity(StrEnum):
    """How bad a diagnostic is."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something that a tool found in a document."""

    span: Span
    message: str
    severity: Severity = Severity.ERROR
    code: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one document, as it was when the action was asked for."""

    uri: str
    path: Path | None
    language: str
    version: int | None
    lines: tuple[str, ...]
    """Without line ends."""
    line_end: str = "\n"
    """The line end of most of its lines, in which new lines are written."""
    digest: str = ""
    """SHA-256 of the file's bytes, for a file that is not open in the editor; empty for one that is."""


def nothing_at(folder: Path) -> Document:
    """Return what stands for the document where none is at hand: of what `folder` holds, all is still to be found."""
    return Document(folder.as_uri(), None, "", None, ("",))


@dataclass(frozen=True, slots=True)
class LineRange:
    """Lines of a document that a change wrote, from `first` to `end`, the latter not included; none if it removed."""

    first: int
    end: int
    removed: tuple[str, ...] = ()
    """The lines that stood there before."""


@dataclass(frozen=True, slots=True)
class Portion:
    """One of several documents that an action is about, and what of it."""

    document: Document
    changes: tuple[LineRange, ...] | None = None
    """What was changed in it; `None` where the whole document is meant."""


class Extent(StrEnum):
    """Which files of the workspace an action is about, where they are to be found when it runs."""

    CHANGES = "changes"
    """What is not committed."""
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Staged:
    """What is about to be committed."""

    diff: tuple[str, ...]
    """As `git diff --cached` writes it."""
    top: Path
    """The folder that the paths in it are below."""
    left_out: tuple[str, ...] = ()
    """A sentence for each file that is not in the diff although it is staged."""


@dataclass(frozen=True, slots=True)
class OwnAction:
    """An action of the person's own (`[actions.NAME]` in config.toml)."""

    name: str
    title: str
    prompt: str
    """What is said to the model of the task."""
    gives_edit: bool
    """Whether the answer is an edit; else it is a page."""
    scope: Scope | None = None
    """What it is about; `None` for the selection, or else what is around the cursor."""
    tier: Tier | None = None
    """Who does it; `None` lets the rules decide."""
    languages: tuple[str, ...] = ()
    """LSP's identifiers of the languages that it is offered in; empty for all."""


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Put `text` in place of `span`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """What is asked for."""

    run: str
    """The run's identifier."""
    kind: Kind
    document: Document
    span: Span
    """The selection; empty at the cursor."""
    root: Path | None
    """The workspace's folder that the document is in."""
    scope: Scope | None = None
    """How much is meant; `None` lets the action choose."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Those that touch the selection, or for an empty one the line."""
    instruction: str = ""
    choice: str = ""
    """One of the action's variants, by its name."""
    tier: Tier | None = None
    model: str | None = None
    max_usd: Decimal | None = None
    """The most that this run may cost; `None` for `budget.actionUsd`."""
    portions: tuple[Portion, ...] = ()
    """For `Scope.FILES`: all documents that are meant. `document` is the first of them."""
    extent: Extent | None = None
    """Which documents are meant, where `portions` are found when it runs."""
    folder: Path | None = None
    """For `Extent.FOLDER`: which."""
    base: str = ""
    """For `Extent.CHANGES`: a revision; the changes are those since the branch left it. Empty for the last commit."""
    left_out: tuple[str, ...] = ()
    """A sentence for each file that is meant and not among `portions`."""
    staged: Staged | None = None
    """For *commit*: what is about to be committed, where no diff stands in the document."""
    own: OwnAction | None = None
    """For `Kind.OWN`: which."""
    proposed: TextEdit | None = None
    """For *fix*: lines that a finding proposed, of whole lines; then nobody is asked."""
    editor_renames: bool = False
    """For *names* with a choice: whether the editor is asked first, which may have a rename of its own."""
    may_change_protected: bool = False
    """Whether the person has said, when asked, that `document` may be changed although it is protected."""

    @property
    def name(self) -> str:
        """How the action is called where a person sees or writes it."""
        return self.own.name if self.own is not None else self.kind.value


class RunOutcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    """There is an edit, a document or findings."""
    NOTHING = "nothing"
    """The model found nothing to do."""
    NEEDS_CONSENT = "needs-consent"
    """Nobody has said yet whether this workspace may use cloud models."""
    NOT_ALLOWED = "not-allowed"
    """Privacy says no, and no local model can do it."""
    OVER_BUDGET = "over-budget"
    """A cap would be passed."""
    UNVERIFIED = "unverified"
    """No answer passed verification."""
    STALE = "stale"
    """The document changed meanwhile."""
    FAILED = "failed"
    CANCELLED = "cancelled"


class Category(StrEnum):
    """What a finding is about."""

    BUG = "bug"
    SECURITY = "security"
    CONCURRENCY = "concurrency"
    ERRORS = "errors"
    PERFORMANCE = "performance"
    API = "api"
    TESTS = "tests"
    CLARITY = "clarity"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a review or an audit found in a document, at the lines that its evidence is quoted from."""

    span: Span
    """Whole lines, where the evidence stood when it was found."""
    message: str
    """What is wrong and when it shows, as plain text on one line."""
    severity: Severity
    category: Category
    confidence: int
    """How sure the model said it is, 0 to 100."""
    evidence: tuple[str, ...]
    """The lines of the code that show it, without line ends."""
    fingerprint: str
    """The same for the same remark on the same code, wherever it stands."""
    cwe: int | None = None
    """The number of the weakness in the Common Weakness Enumeration."""
    fix: TextEdit | None = None
    """An edit of the evidence's lines that mends it; not checked until it is asked for."""


@dataclass(frozen=True, slots=True)
class FileFindings:
    """What was found in one document, as it was when the review was asked for."""

    document: Document
    findings: tuple[Finding, ...]
    judged: tuple[int, int] = (0, 0)
    """The lines that were looked at, the last not included."""
    dismissed: tuple[Finding, ...] = ()
    """What the person had dismissed of what is there."""


@dataclass(frozen=True, slots=True)
class FileEdit:
    """Edits to one document, in order and apart from each other, for the version that they were made for."""

    document: Document
    edits: tuple[TextEdit, ...]
    within: tuple[int, int] | None = None
    """The lines that the answer was judged by, the second not included: who types there meanwhile stops the edit.
    `None` for the lines that it changes."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is not there yet."""

    path: Path
    """Absolute, inside of the workspace, below directories that are no links out of it."""
    text: str
    """The whole of it, with its line ends."""


@dataclass(frozen=True, slots=True)
class Rename:
    """Another name for something, that the editor is asked to give wherever the thing is used."""

    document: Document
    place: Place
    """Where the old name begins, at one of its uses."""
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RunResult:
    """The end of a run: exactly one for each."""

    run: str
    kind: Kind
    outcome: RunOutcome
    message: str
    """One sentence for the person."""
    tier: Tier | None = None
    model: str | None = None
    """`backend/model` of who gave the answer."""
    usd: Decimal | None = None
    """What the run cost; `None` where a price is not known."""
    reason: str = ""
    """Why this tier, in a few words."""
    edit: FileEdit | None = None
    edits: tuple[FileEdit, ...] = ()
    """Of several files, in place of `edit`: all of them are applied or none."""
    new_files: tuple[NewFile, ...] = ()
    """Made together with `edits`."""
    document: str | None = None
    """Markdown that is safe to show."""
    choices: tuple[str, ...] = ()
    """What the person may choose from; the same action with one of these as its `choice` then does it."""
    rename: Rename | None = None
    """In place of an edit, where the editor is asked first; without a rename of its own, the run without that asking
    gives the edit."""
    text: str | None = None
    """The answer without any marks, where it is to be used and not only read: a commit's message."""
    own: str = ""
    """The name of the person's own action that it was."""
    tried: tuple[str, ...] = field(default=())
    """What went before, one sentence each: models that failed, answers that did not pass."""
    next_tier: Tier | None = None
    """The tier that could be asked if the person says yes: the run stopped because it may not go there on its own."""
    next_model: str | None = None
    """Which of its models, where the tier alone would begin with one on this machine again."""
    checked: tuple[str, ...] = ()
    """What the answer was checked for and passed, one sentence each."""
    findings: tuple[FileFindings, ...] = ()
    """What a review or an audit found, a document each that was looked at, also where there is nothing."""
    guarded: tuple[str, ...] = ()
    """Protected files that are changed only with the person's yes, one sentence each on what it can do: where nothing
    was done yet the file at hand, else those among `edits`."""

    @property
    def name(self) -> str:
        """How the action is called where a person sees or writes it."""
        return self.own or self.kind.value


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is."""

    message: str
    percent: int | None = None
    text: str = ""
    """A piece of an answer that is shown as it comes."""
    stands: bool = False
    """Whether it holds for as long as somebody else takes, so that it must not be left out for coming too soon."""
