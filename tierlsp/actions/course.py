"""What one run has come to so far, and the one result that is made of it at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from tierlsp.actions.fences import shown_path
from tierlsp.actions.markdown import safe_line
from tierlsp.actions.ports import Routed
from tierlsp.actions.types import ActionRequest, FileEdit, RunOutcome, RunResult
from tierlsp.routing.calls import Answered, Attempt
from tierlsp.routing.decision import Decision, GateName
from tierlsp.routing.facts import Facts
from tierlsp.routing.tiers import Tier

OUR_FAULT = "tierlsp could not finish this; its log has the details"
"""What a person is told of a fault of ours."""

_SHOWN_REMOVED = 3
"""Models that are told of where none is left."""


@dataclass(slots=True)
class Course:
    """One run under way."""

    request: ActionRequest
    routed: Routed | None = None
    facts: Facts | None = None
    """What it was decided by."""
    tier: Tier | None = None
    model: str | None = None
    usd: Decimal | None = Decimal(0)
    """What the calls that have ended cost; `None` once one has no known price."""
    open_attempt: Attempt | None = None
    """The model that is being asked now."""
    is_estimated: bool = False
    """Whether a call was cut off, so that what it cost is an estimate."""
    tried: list[str] = field(default_factory=list)

    def begins(self, attempt: Attempt) -> None:
        """Note that a model is being asked."""
        self.tier, self.model, self.open_attempt = attempt.tier, attempt.model, attempt
        if attempt.after:
            self.note(attempt.after)

    def answered(self, answer: Answered) -> None:
        """Note that a model has answered."""
        self.tier, self.model, self.open_attempt = answer.tier, answer.model, None
        self.pay(answer.spent_usd)

    def pay(self, usd: Decimal | None) -> None:
        """Note what calls that have ended cost."""
        self.open_attempt = None
        self.usd = None if usd is None or self.usd is None else self.usd + usd

    def cut_off(self, usd: Decimal | None) -> None:
        """Note that a call was cut off, after which the run cost `usd` in all."""
        self.is_estimated = self.open_attempt is not None and self.open_attempt.max_usd != 0 and usd is not None
        self.open_attempt, self.usd = None, usd

    def note(self, sentence: str) -> None:
        """Note something that was of no use."""
        self.tried.append(sentence_of(sentence))

    def end(
        self,
        outcome: RunOutcome,
        message: str,
        *,
        edit: FileEdit | None = None,
        document: str | None = None,
        next_tier: Tier | None = None,
        checked: tuple[str, ...] = (),
        choices: tuple[str, ...] = (),
        text: str | None = None,
    ) -> RunResult:
        """Return the run's result."""
        usd = self.usd
        if self.open_attempt is not None and self.open_attempt.max_usd != 0:
            # It broke off by a fault of ours, and what it cost until then nobody has said.
            usd = None
        return RunResult(
            run=self.request.run,
            kind=self.request.kind,
            outcome=outcome,
            message=sentence_of(message),
            tier=self.tier,
            model=self.model,
            usd=usd,
            reason=reason_of(self.routed.decision) if self.routed else "",
            edit=edit,
            document=document,
            tried=tuple(self.tried),
            next_tier=next_tier,
            checked=checked,
            choices=choices,
            text=text,
            own=self.request.own.name if self.request.own is not None else "",
        )

    @property
    def file_name(self) -> str:
        """How the file is called in messages, or how many there are."""
        count = len(self.request.portions)
        return f"{count} files" if count > 1 else shown_path(self.request.document.path, self.request.root)


def sentence_of(text: str) -> str:
    """Return `text` as one line that other words can follow."""
    return safe_line(text).rstrip(".")


def money(usd: Decimal | None) -> str:
    """Return an amount in words."""
    if usd is None:
        return "a price that is not known"
    if usd == 0:
        return "nothing"
    return f"${usd:.4f}" if usd < 1 else f"${usd:.2f}"


def reason_of(decision: Decision) -> str:
    """Return why this tier, in a few words: the reason with the most points, or the first floor."""
    if not decision.reasons:
        return ""
    return max(decision.reasons, key=lambda reason: reason.points).text


def shown_question(course: Course, routed: Routed, said: str) -> str:
    """Return the question for consent: what goes where, and at what price."""
    decision = routed.decision
    models = [model for model in (decision.model, *(each for _, tier in decision.higher for each in tier)) if model]
    model = next((each for each in models if each not in routed.here), models[0] if models else "a cloud model")
    host = routed.hosts.get(model, "")
    tokens = f"about {routed.quote.prompt_tokens:,} tokens" if routed.quote else "text"
    price = money(routed.quote.max_usd if routed.quote else None)
    at = f" at {host}" if host else ""
    return f"{sentence_of(said)} (it would send {tokens} of {course.file_name} to {model}{at}, for at most {price})"


def who_is_next(routed: Routed, model: str) -> tuple[Tier, str | None]:
    """Return the tier of `model`, which is not on this machine, and the model itself if that tier has others that are.

    The tier alone is better where it begins elsewhere: it has who follows if that one fails.
    """
    decision = routed.decision
    tiers = ((decision.tier, decision.candidates), *decision.higher)
    tier, models = next(each for each in tiers if model in each[1])
    return tier, model if any(each in routed.here for each in models) else None


def nobody_serves(decision: Decision) -> tuple[RunOutcome, str]:
    """Return the outcome and the sentence where no model is left."""
    # What the person did not ask for is no reason, unless there is no other.
    removed = [each for each in decision.removed if each.gate is not GateName.PINNED] or decision.removed
    gates = {each.gate for each in removed}
    why = "; ".join(f"{each.model}: {sentence_of(each.text)}" for each in removed[:_SHOWN_REMOVED])
    if not removed:
        return RunOutcome.FAILED, "no model is set up for this; `tierlsp doctor` says how to get one"
    if GateName.PRIVACY in gates and gates <= {GateName.PRIVACY, GateName.KEY, GateName.CAPABILITY, GateName.WINDOW}:
        return RunOutcome.NOT_ALLOWED, f"no model may do this: {why}"
    if GateName.BUDGET in gates:
        return RunOutcome.OVER_BUDGET, f"no model can do this within the budget: {why}"
    return RunOutcome.FAILED, f"no model can do this: {why}"
