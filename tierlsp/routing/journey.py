"""The way of one call through its candidates: who comes next, who is passed over and why, what it cost so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tierlsp.errors import NeedsConsent
from tierlsp.routing.calls import Call, CallFailed
from tierlsp.routing.deadlines import Deadline, within
from tierlsp.routing.failures import ALONE_WAIT_MS, Step, Verdict
from tierlsp.routing.health import Admission, provider_of
from tierlsp.routing.means import Listed, Means
from tierlsp.routing.spend import Cost
from tierlsp.routing.tiers import Tier
from tierlsp.routing.wording import Note, failure


@dataclass(frozen=True, slots=True)
class Stop:
    """A model that is to be asked."""

    tier: Tier
    listed: Listed
    admission: Admission
    retries: int = 0
    """How often it was asked in vain by this call already."""


class Tally:
    """Money, over the attempts of a call or of a run."""

    def __init__(self) -> None:
        self.known_usd = Decimal(0)
        self._is_known = True

    def add(self, cost: Cost | None) -> None:
        """Add what an attempt cost; `None` if it cost nothing."""
        if cost is None:
            return
        if cost.usd is None:
            self._is_known = False
        else:
            self.known_usd += cost.usd

    @property
    def usd(self) -> Decimal | None:
        """The sum; `None` if a price in it is not known."""
        return self.known_usd if self._is_known else None


class Journey:
    """Changes over time; one for each call."""

    def __init__(self, means: Means, call: Call, deadline: Deadline) -> None:
        self._means = means
        self._call = call
        self._deadline = deadline
        self._left = list(self._ranked())
        self._resting: list[tuple[Tier, Listed]] = []
        self._skipped_providers: set[str] = set()
        self._context_tokens = 0
        """Only models with a larger window than this can help."""
        self.notes: list[Note] = []
        self.last_error: Exception | None = None
        """What lies behind the last note that has an error, such as `OverBudget` with how much is missing."""
        self.tally = Tally()
        self.attempts = 0
        self.after = ""
        """Why the last attempt was given up."""
        self.shown_of: str | None = None
        """The model whose text the person sees, and which has not come to its end."""

    async def next(self) -> Stop | None:
        """Return who is to be asked now; `None` if there is nobody.

        Raises:
            NeedsConsent: it is in the cloud, and the person was told of a model on this machine.
        """
        while self._left:
            tier, name = self._left.pop(0)
            listed = self._usable(name)
            if listed is None:
                continue
            if not self._may_ask(listed):
                return await self._stay_here(tier, listed)
            admission = self._means.health.admit(name)
            if admission is not None:
                return Stop(tier, listed, admission)
            self._resting.append((tier, listed))
        return None if self.attempts else await self._first_to_wake()

    @property
    def others(self) -> int:
        """How many could be asked after the present one."""
        return sum(1 for _, name in self._left if self._is_open(name))

    def pass_over(self, note: Note, error: Exception | None = None) -> None:
        """Take note of a model that gave no answer, or could not even be asked."""
        self.notes.append(note)
        self.last_error = error or self.last_error

    def learn(self, listed: Listed, verdict: Verdict) -> None:
        """Draw from a failure whom it is useless to ask."""
        if verdict.step is Step.NEXT_PROVIDER:
            self._skipped_providers.add(provider_of(listed.name))
        if verdict.needs_larger:
            self._context_tokens = max(self._context_tokens, listed.context_tokens)

    def failed(self, *, late_after_ms: float | None = None) -> CallFailed:
        """Return the error for a call without an answer."""
        notes = [*self.notes, *(self._resting_note(listed) for _, listed in self._resting)]
        sentence, cause = failure(notes, late_after_ms=late_after_ms)
        return CallFailed(sentence, cause=cause, spent_usd=self.tally.usd, attempts=self.attempts)

    def _ranked(self) -> Iterator[tuple[Tier, str]]:
        decision, health = self._call.decision, self._means.health
        for tier, names in ((decision.tier, decision.candidates), *decision.higher):
            # Those that were made for such work stay in front, whatever the strategy.
            front = decision.preferred if tier is decision.tier else 0
            for group in (names[:front], names[front:]):
                for name in self._means.rank(group, {name: health.state_of(name) for name in group}):
                    yield tier, name

    def _usable(self, name: str) -> Listed | None:
        """Return the model if there is any sense in asking it, and note why not."""
        if provider_of(name) in self._skipped_providers:
            return None
        listed = self._means.directory.find(name)
        if listed is None:
            self.pass_over(Note(name, "unknown", f"{name} is not set up"))
            return None
        why_off = self._means.health.why_off(name)
        if why_off is not None:
            self.pass_over(Note(name, "off", why_off, "failed before, and is not asked until the settings change"))
            return None
        if self._is_too_small(listed):
            return None
        return listed

    def _is_open(self, name: str) -> bool:
        health = self._means.health
        if provider_of(name) in self._skipped_providers or health.why_off(name) is not None:
            return False
        if health.opens_in_ms(name) > 0:
            return False
        listed = self._means.directory.find(name)
        return listed is not None and not self._is_too_small(listed) and self._may_ask(listed)

    def _is_too_small(self, listed: Listed) -> bool:
        return bool(self._context_tokens) and 0 < listed.context_tokens <= self._context_tokens

    def _may_ask(self, listed: Listed) -> bool:
        """Whether the person's choice covers it: a model on this machine was shown, so nothing leaves it unasked."""
        return listed.is_local or self._call.may_leave_machine or not self._is_local_shown()

    def _is_local_shown(self) -> bool:
        shown = self._call.decision.model
        listed = self._means.directory.find(shown) if shown else None
        return self._call.decision.tier is Tier.LOCAL if listed is None else listed.is_local

    async def _stay_here(self, tier: Tier, listed: Listed) -> Stop:
        """Return a model on this machine that is left alone and is asked all the same, before one in the cloud is.

        Raises:
            NeedsConsent: there is none; the person has to say whether `listed` may be asked.
        """
        stop = None if self.attempts else await self._first_to_wake()
        if stop is not None:
            self._left.insert(0, (tier, listed.name))
            return stop
        reason = self.after or (self.notes[-1].sentence if self.notes else "no model on this machine can be asked")
        host = listed.destination.host
        raise NeedsConsent(
            f"{reason.rstrip('.')}; {listed.name} at {host} could do it, and is asked only if you say so",
            model=listed.name,
        )

    async def _first_to_wake(self) -> Stop | None:
        """Return the model that is left alone for the shortest time, where there is nobody else at all.

        One that only failed is asked before its time: a person has asked for it, and it may be well again. One whose
        server asked for the time is waited for, if that is short.
        """
        if not self._resting:
            return None
        health = self._means.health
        self._resting.sort(key=lambda resting: health.opens_in_ms(resting[1].name))
        tier, listed = self._resting[0]
        if health.is_asked_for(listed.name):
            wait_ms = health.opens_in_ms(listed.name)
            if wait_ms > min(ALONE_WAIT_MS, self._deadline.remaining_ms / 2):
                return None
            await within(self._means.clock, self._deadline.remaining_ms, self._means.clock.sleep_ms(wait_ms))
        admission = health.admit(listed.name, is_forced=True)
        if admission is None:
            return None
        self._resting.pop(0)
        return Stop(tier, listed, admission)

    def _resting_note(self, listed: Listed) -> Note:
        seconds = max(1, round(self._means.health.opens_in_ms(listed.name) / 1000))
        phrase = f"is being left alone for another {seconds} s after failing"
        return Note(listed.name, "resting", f"{listed.name} {phrase}", phrase)
