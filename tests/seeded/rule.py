"""Who is to be asked, and how a run is to end: docs/actions.md, docs/routing.md and docs/reliability.md once more.

Written from those pages, without a look at the code under test. It follows a run step by step: from what was asked so
far it says what comes next, so that one question too many or too few is seen at once.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.seeded.answers import Answer, Fate
from tests.seeded.corpus import Case
from tests.seeded.models import MILLION, Model, Question
from tests.seeded.setups import TIERS, Setup

ACTION_USD = Decimal(1)
"""`budget.actionUsd` where nobody set it."""

WORDS_BYTES = 1_500
"""More than what is added to a prompt to say what was wrong with an answer, and in which form it is wanted."""

FRAME_TOKENS = 100
"""More than a provider puts around the messages of one prompt."""


@dataclass(frozen=True)
class Asked:
    """One question that reached a provider."""

    model: Model
    question: Question
    answer: Answer
    usd: Decimal
    """What the provider charges."""


@dataclass(frozen=True)
class End:
    """How a run is to end."""

    outcomes: frozenset[str]
    next_tier: str | None = None
    file: tuple[str, ...] | None = None
    """What the file is to be."""
    is_exact: bool = True
    """Whether blanks at the beginning of lines count: a model's other width of indentation may be put right."""


Step = Model | End

_NO_ANSWER = frozenset({"failed", "over-budget"})
"""A run to which no model answered; the pages leave open which of the two it is called where both play a part."""


class Undecided(AssertionError):
    """The highest price of a call is too near to what may be spent to be judged without tierlsp's own estimate."""


def next_step(setup: Setup, case: Case, asked: Sequence[Asked], most_usd: Decimal) -> Step:
    """Return who is to be asked after `asked`, or how the run is to end.

    Args:
        setup: the settings.
        case: the bug.
        asked: the questions so far.
        most_usd: what the run may cost: the price shown, or the action's cap.
    """
    steps = _Steps(setup, asked, most_usd)
    end = next(steps.run(case), None)
    assert end is not None
    return end


class _Steps:
    """One walk through a run: yields only once, where the questions so far are used up."""

    def __init__(self, setup: Setup, asked: Sequence[Asked], most_usd: Decimal) -> None:
        self._setup = setup
        self._asked = list(asked)
        self._left = most_usd
        self._seen: list[Asked] = []
        self._begin = ""
        """The tier that serves, and whose price is shown."""

    def run(self, case: Case) -> Iterator[Step]:
        begin = _first_tier(self._setup, case)
        if isinstance(begin, End):
            yield begin
            return
        self._begin = begin
        models = [model for tier in TIERS[TIERS.index(begin) :] for model in self._may_serve(tier)]
        if self._setup.model or self._setup.tier:
            models = [model for model in models if model.tier == begin]
        first = yield from self._call(models, is_first=True)
        if first is None:
            # A model on this machine was shown: nothing leaves it unasked.
            elsewhere = [model for model in models if models[0].is_here and not model.is_here]
            yield End(frozenset({"needs-consent"}), elsewhere[0].tier) if elsewhere else End(_NO_ANSWER)
            return
        if (end := _end_of(first.answer)) is not None:
            yield end
            return
        # The same model is asked once more and told why; what was shown covers that.
        again = yield from self._call([first.model], is_covered=True)
        if again is not None and (end := _end_of(again.answer)) is not None:
            yield end
            return
        yield from self._from_above(first.model)

    def _from_above(self, model: Model) -> Iterator[Step]:
        setup = self._setup
        higher = [each for tier in TIERS[TIERS.index(model.tier) + 1 :] for each in self._may_serve(tier)]
        refused = frozenset({"unverified"})
        if not higher or not setup.escalate or setup.model or setup.tier:
            yield End(refused)
            return
        tier = higher[0].tier
        if model.is_here and not higher[0].is_here:
            yield End(refused, tier)
            return
        models = [each for each in higher if each.tier == tier]
        if not any(self._fits(each) for each in models):
            yield End(refused, tier)
            return
        above = yield from self._call(models)
        end = None if above is None else _end_of(above.answer)
        yield End(refused) if end is None else end

    def _call(
        self, models: Sequence[Model], *, is_first: bool = False, is_covered: bool = False
    ) -> Generator[Step, None, Asked | None]:
        """Ask one after the other, until one gives an answer; `None` if none does."""
        for model in models:
            if is_first and models[0].is_here and not model.is_here:
                return None
            if model.backend in self._setup.down:
                continue
            if not is_covered and not self._fits(model):
                continue
            if not self._asked:
                yield model
                return None
            asked = self._asked.pop(0)
            assert asked.model == model, f"{asked.model.full_name} was asked, and not {model.full_name}"
            self._seen.append(asked)
            self._left -= asked.usd
            if asked.answer.fate is not Fate.FAILED:
                return asked
        return None

    def _fits(self, model: Model) -> bool:
        """Whether the most that a call can cost is there: docs/money.md, "From the menu to the ledger"."""
        cost = model.price
        if not cost.output:
            return True
        if not self._seen:
            # What was shown is the price of the model that serves; any other begins with a fresh prompt.
            return self._fits_unseen(model)
        question = self._seen[0].question
        dearest = max(cost.input, cost.cached, cost.written)
        least = -(-question.prompt_bytes // 4) * dearest + question.most_tokens * cost.output
        most_tokens = question.prompt_bytes + WORDS_BYTES + FRAME_TOKENS
        most = most_tokens * dearest + question.most_tokens * cost.output
        if most <= self._left * MILLION:
            return True
        if least > self._left * MILLION:
            return False
        raise Undecided(f"{model.full_name}: {least} to {most} millionths, and {self._left} are left")

    def _fits_unseen(self, model: Model) -> bool:
        shown = self._setup.of_tier(self._begin)[0]
        return not self._setup.is_held or model.tier == shown.tier or model.price.output <= shown.price.output

    def _may_serve(self, tier: str) -> list[Model]:
        if tier == "premium" and self._setup.is_premium_spent:
            return []
        return [model for model in self._setup.of_tier(tier) if self._setup.model in (None, model.full_name)]


def _first_tier(setup: Setup, case: Case) -> str | End:
    """Return the tier that begins, by "How it is made" and "The rules"."""
    if setup.model:
        return setup.named(setup.model).tier
    if setup.tier:
        return setup.tier
    wanted = _wanted(setup, case)
    there = [tier for tier in TIERS if setup.of_tier(tier)]
    if wanted == "premium" and setup.is_premium_spent and "premium" in there:
        # Premium work never goes lower silently: the person is asked.
        return End(frozenset({"over-budget"}), next(tier for tier in reversed(there) if tier != "premium"))
    if wanted in there:
        return wanted
    above = [tier for tier in there if TIERS.index(tier) > TIERS.index(wanted)]
    return above[0] if above else there[-1]


def _wanted(setup: Setup, case: Case) -> str:
    if setup.begins_here:
        return "local"
    # `lang:rust:fix`: "cheap models often get a fix in Rust wrong", not with warnings alone.
    return "premium" if case.language == "rust" and case.severity == "error" else "cheap"


def _end_of(answer: Answer) -> End | None:
    if answer.fate is Fate.USED:
        return End(frozenset({"done"}), file=answer.file, is_exact=answer.kind != "wrong blanks")
    if answer.fate is Fate.NOTHING:
        return End(frozenset({"nothing"}))
    return None
