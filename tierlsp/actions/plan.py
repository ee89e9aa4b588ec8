"""From a request to what will be sent and what the router needs to know. Pure: no model, no disk, no network.

The offer in a menu and the run after it make the same plan, so the price shown is the price of what is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tierlsp.actions.catalogue import Action, Gives
from tierlsp.actions.commit import MOST_CHARS, needs_staged
from tierlsp.actions.files_list import length_of, listed_files
from tierlsp.actions.history import Past
from tierlsp.actions.job import Job
from tierlsp.actions.names import count_public_names
from tierlsp.actions.own import row_of
from tierlsp.actions.prompts import parts_of
from tierlsp.actions.review import CHUNK_TOKENS, CONTEXT_TOKENS, FRAME_TOKENS
from tierlsp.actions.scope import ScopeError, Target, checked, choose_target, lines_of_span
from tierlsp.actions.shares import Shares, lessened
from tierlsp.actions.types import ActionRequest, Diagnostic, Document, Severity
from tierlsp.actions.workspace import Sample, Wanted
from tierlsp.actions.workspace_context import wanted_for
from tierlsp.privacy.outbound import Part
from tierlsp.routing.estimate import CHARS_PER_TOKEN, Tokens, tokens_for_chars, tokens_in_messages
from tierlsp.routing.facts import Facts, Kind, Scope
from tierlsp.routing.tiers import Tier

ASSUMED_CALLS = 4
"""Calls that a review of files is priced for before anybody has looked for them: some 2,400 lines of code, as many as
are read in one sitting."""

_CHUNK_LINES = 600
"""Of code in a call, as `CHUNK_TOKENS` says."""

_PUBLIC_NAME_LINES = 2_000
"""Lines that are looked at for public names."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a request besides the request itself. Whoever puts the parts together fills it."""

    areas: tuple[str, ...] = ()
    """What the file's path shows it to be about (`routing.areas`)."""
    past: Past = field(default_factory=Past)
    may_use_cloud: bool = True
    sample: Sample | None = None
    """What was found in the workspace; `None` before anybody looked, as in an offer."""
    listing: tuple[str, ...] = ()
    """The names of the project's files, for a plan; in a menu something as long."""
    room_tokens: int | None = None
    """How long the prompt may be at most, for a model with a small context; `None` for as long as the action likes."""
    tier: Tier | None = None
    """Who will read it; `None` before that was decided."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do."""

    action: Action
    job: Job
    parts: tuple[Part, ...]
    facts: Facts

    @property
    def request(self) -> ActionRequest:
        """What was asked for, with the diagnostics that the lines really have."""
        return self.job.request


def make_plan(request: ActionRequest, known: Known) -> Plan:
    """Return what will be done for `request`.

    Raises:
        UnknownAction: the action is not on offer.
        ScopeError: what is asked for is not there, too large, or the action cannot take it.
    """
    action = row_of(request)
    if request.scope is not None and request.scope not in action.scopes:
        raise ScopeError(f"{request.name} works on one file at a time; ask for a selection, a symbol or the file")
    if request.choice and action.choices and action.choice(request.choice) is None:
        names = ", ".join(choice.name for choice in action.choices)
        raise ScopeError(f"{request.name} has no choice of that name; these are: {names}")
    if action.needs_instruction and not request.choice and not request.instruction.strip():
        raise ScopeError(f"{request.name} needs words that say what is wanted; give them as `instruction`")
    problems = usable(request.diagnostics, request.document, is_ours=request.kind is Kind.FIX)
    if request.extent is not None and not request.portions:
        return _assumed_plan(action, request, known)
    target = _target(action, request, problems)
    inside = tuple(each for each in problems if _is_in(each, target, request.document))
    request = replace(request, diagnostics=inside)
    job = Job(request, target, known.sample, _files(action, request, known), known.listing)
    shares = action.shares_for(job, known.tier)
    parts = _fitting_parts(action, job, known.room_tokens, shares)
    length = _length(parts)
    if action.gives is Gives.FINDINGS:
        facts = _in_calls(facts_of(action, job, length, known))
        return Plan(action, job, parts, with_spare(facts, Tokens(shares.total // 2, shares.total)))
    unseen = _unseen_tokens(action, request, known)
    length += Tokens(unseen // 2, unseen * 2)
    if known.sample is None:
        # Nobody has looked yet: the price of an offer is that of as much as there may be.
        facts = facts_of(action, job, length, known)
        return Plan(action, job, parts, with_spare(facts, Tokens(shares.total // 2, shares.total)))
    spare = length.likely - unseen // 2 - _length(parts_of(action, job, action.context_tokens)).likely
    facts = facts_of(action, job, length, known)
    return Plan(action, job, parts, replace(facts, spare_tokens=max(0, spare)))


def wanted_of(plan: Plan) -> Wanted:
    """Return what is looked for in the workspace before `plan` is made anew. It reads the code: call it in a thread."""
    action, job = plan.action, plan.job
    return wanted_for(job, action.shares_for(job), action.wants(job) if action.wants is not None else None)


def with_spare(facts: Facts, more: Tokens) -> Facts:
    """Return the facts of prompts that are longer by `more`, which they can do without."""
    return replace(
        facts,
        prompt_tokens=facts.prompt_tokens + more.likely,
        highest_prompt_tokens=facts.highest_prompt_tokens + more.highest,
        spare_tokens=facts.spare_tokens + more.likely,
    )


def facts_of(action: Action, job: Job, prompt: Tokens, known: Known) -> Facts:
    """Return what the router decides by. Counts and names only."""
    request, target = job.request, job.target
    target_chars = sum(len(line) + 1 for line in job.lines)
    likely, most = action.output(job.form).tokens(tokens_for_chars(target_chars).likely)
    severities = [diagnostic.severity for diagnostic in request.diagnostics]
    return Facts(
        kind=request.kind,
        language=request.document.language,
        scope=target.scope,
        files=max(1, len(job.files)),
        lines=target.end - target.first,
        prompt_tokens=prompt.likely,
        highest_prompt_tokens=prompt.highest,
        max_output_tokens=most,
        likely_output_tokens=likely,
        errors=severities.count(Severity.ERROR),
        warnings=severities.count(Severity.WARNING),
        public_names=count_public_names(job.lines[:_PUBLIC_NAME_LINES], request.document.language),
        areas=known.areas,
        rejections=known.past.rejections,
        failures=known.past.failures,
        last_tier=known.past.last_tier,
        can_verify=action.gives is Gives.EDIT,
        tier=request.tier,
        model=request.model,
        may_use_cloud=known.may_use_cloud,
    )


def _unseen_tokens(action: Action, request: ActionRequest, known: Known) -> int:
    """Return how much may come to a prompt for which nobody has looked yet: it is in the price of an offer."""
    if action.kind is Kind.COMMIT and request.staged is None and needs_staged(request.document):
        return tokens_for_chars(MOST_CHARS).likely
    return action.workspace_tokens if known.sample is None else 0


def _assumed_plan(action: Action, request: ActionRequest, known: Known) -> Plan:
    """Return the plan for files that nobody has looked for yet, as in an offer, with facts of as much as is assumed.

    The price that comes of it is the most that the run may cost, and where there is more to judge, it ends there.
    """
    count = ASSUMED_CALLS if action.gives is Gives.FINDINGS else 1
    code = CHUNK_TOKENS if action.gives is Gives.FINDINGS else action.files_tokens
    frame = CONTEXT_TOKENS + FRAME_TOKENS
    job = Job(replace(request, diagnostics=()), Target(Scope.FILES, 0, len(request.document.lines)), None, ())
    shares = action.shares_for(job, known.tier)
    length = Tokens(code + frame + shares.total // 2, code * 2 + 2 * frame + shares.total)
    facts = replace(facts_of(action, job, length, known), spare_tokens=shares.total // 2)
    likely, most = action.output(job.form).tokens(code)
    lines = _CHUNK_LINES * count * code // CHUNK_TOKENS
    return Plan(
        action,
        job,
        (),
        replace(facts, calls=count, lines=lines, likely_output_tokens=likely, max_output_tokens=most, public_names=0),
    )


def _in_calls(facts: Facts) -> Facts:
    """Return the facts of work that is done in several calls where it is long, each a little longer than its share.

    A run cuts the code into its functions first, and each piece has words of its own: without room for them in the
    highest price the run would not keep to the price that it was offered at.
    """
    count = -(-facts.prompt_tokens // CHUNK_TOKENS)
    if count <= 1:
        return replace(facts, highest_prompt_tokens=facts.highest_prompt_tokens + 2 * FRAME_TOKENS)
    count += 1
    frame = CONTEXT_TOKENS + FRAME_TOKENS
    return replace(
        facts,
        calls=count,
        prompt_tokens=facts.prompt_tokens // count + frame,
        highest_prompt_tokens=facts.highest_prompt_tokens // count + 2 * frame,
    )


def _files(action: Action, request: ActionRequest, known: Known) -> tuple[Document, ...]:
    """Return the files that an answer may change, for an action on several.

    Raises:
        ScopeError: the file at hand is too long to be sent with others.
    """
    if not action.files_tokens or (request.extent is not None and not request.portions):
        return ()
    tokens = action.files_tokens
    if known.room_tokens is not None:
        # A fifth is for our own words and for what the estimate is off.
        tokens = min(tokens, known.room_tokens * 4 // 5)
    budget = int(tokens * CHARS_PER_TOKEN)
    if request.extent is None and length_of(request.document) > budget:
        raise ScopeError("this file is too long to be changed together with others; select less, and use `refactor`")
    found = listed_files(request, known.sample, budget)
    if not found:
        raise ScopeError("none of the changed files can be changed by an answer: they are too long, or protected")
    return found


def _fitting_parts(action: Action, job: Job, room_tokens: int | None, shares: Shares) -> tuple[Part, ...]:
    """Return the prompt, with as much of workspace and file as there is room for. The lines themselves always stay."""
    if room_tokens is None:
        return parts_of(action, job, action.context_tokens, shares)
    for less in lessened(shares):
        parts = parts_of(action, job, action.context_tokens, less)
        if _length(parts).likely <= room_tokens:
            return parts
    bare = parts_of(action, job, 0)
    # A tenth is left for what the estimate is off.
    return parts_of(action, job, max(0, (room_tokens - _length(bare).likely) * 9 // 10))


def _length(parts: Sequence[Part]) -> Tokens:
    return tokens_in_messages([part.text for part in parts])


def usable(diagnostics: Sequence[Diagnostic], document: Document, *, is_ours: bool = False) -> tuple[Diagnostic, ...]:
    """Return those that say something about the document as it is, errors first.

    What we said ourselves is no problem of the code's, unless the person asks for nothing else: `is_ours`.
    """
    order = list(Severity)
    count = len(document.lines)
    takes_ours = is_ours and all(each.source == "tierlsp" for each in diagnostics)
    found = [
        each
        for each in diagnostics
        if (each.source != "tierlsp" or takes_ours) and each.message.strip() and 0 <= each.span.start.line < count
    ]
    return tuple(sorted(found, key=lambda each: (order.index(each.severity), each.span.start)))


def _target(action: Action, request: ActionRequest, problems: tuple[Diagnostic, ...]) -> Target:
    """Return the lines that are meant; where all problems together are too far apart, those of the first."""
    if request.portions or (action.files_tokens and request.scope is Scope.FILES):
        return Target(Scope.FILES, 0, len(request.document.lines))
    if action.find is not None and request.staged is not None:
        return action.find(request)
    if action.find is not None:
        return checked(request.document, action.find(request), action.limit)
    choice = action.choice(request.choice)
    is_whole_symbol = action.is_whole_symbol or (choice is not None and choice.is_whole_symbol)
    wanted = [problems, problems[:1]] if action.is_automatic and len(problems) > 1 else [problems]
    for number, each in enumerate(wanted, 1):
        try:
            return choose_target(
                request.document,
                request.span,
                wanted=request.scope,
                limit=action.limit,
                diagnostics=each if action.gives is Gives.EDIT else (),
                is_whole_symbol=is_whole_symbol,
            )
        except ScopeError:
            if number == len(wanted):
                raise
    raise AssertionError("one of them returned or raised")


def _is_in(diagnostic: Diagnostic, target: Target, document: Document) -> bool:
    first, end = lines_of_span(diagnostic.span, document)
    return first < target.end and end > target.first
