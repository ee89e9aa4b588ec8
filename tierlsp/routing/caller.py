"""The one way a call is made: gate, money, retry, the next candidate, the tier above, within one deadline.

It is never paid twice for one answer without saying so (`Attempt.after`), never sent where the person was not told of,
never dearer than what the person was shown, and never goes down a tier. Where text was shown already, another model
begins from the start behind a `Break`; an edit is given whole or not at all.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import replace
from decimal import Decimal

from tierlsp.backends.chat import ChatRequest, Message
from tierlsp.errors import BackendError, LedgerError, NeedsConsent, NotAllowed, OverBudget
from tierlsp.privacy.outbound import Cleared
from tierlsp.routing.asking import Asking, Leave
from tierlsp.routing.booking import Row
from tierlsp.routing.calls import Answered, Attempt, Break, Call, CallEvent, Piece
from tierlsp.routing.deadlines import Deadline, patience_for, within
from tierlsp.routing.failures import Situation, Step, Verdict, judge
from tierlsp.routing.health import provider_of
from tierlsp.routing.journey import Journey, Stop, Tally
from tierlsp.routing.means import Clears, Means
from tierlsp.routing.retry import backoff_ms
from tierlsp.routing.slots import Slot
from tierlsp.routing.spend import Order
from tierlsp.routing.wording import Note, after

YIELD_MS = 10_000.0
"""How long a call to a model on this machine waits for completions to rest. Whoever types on for longer wants both."""


class RunCaller:
    """Makes the calls of one run, one after the other: they share a deadline, a cap and a gate."""

    def __init__(self, means: Means, clearance: Clears) -> None:
        self._means = means
        self._clearance = clearance
        self._deadline = Deadline(means.clock)
        self._spent = Tally()
        """By all calls of the run."""

    @property
    def spent_usd(self) -> Decimal | None:
        """What all calls of the run cost so far (`calls.Caller`)."""
        return self._spent.usd

    async def call(self, call: Call) -> AsyncGenerator[CallEvent, None]:
        """Yield what happens; the last event is `Answered`.

        Closing it closes the connection, and books what was sent so far.

        Raises:
            CallFailed: there is no answer.
            NeedsConsent: the next candidate is in the cloud, and nobody has said whether it may be used.
        """
        total_ms = self._means.limits(call.kind).total_ms
        self._deadline.start(total_ms)
        journey = Journey(self._means, call, self._deadline)
        try:
            async with aclosing(self._walk(call, journey)) as events:
                async for event in events:
                    yield event
        except TimeoutError as error:
            raise journey.failed(late_after_ms=total_ms) from error
        except NeedsConsent as error:
            error.spent_usd = journey.tally.usd
            raise
        finally:
            self._deadline.stop()

    async def _walk(self, call: Call, journey: Journey) -> AsyncGenerator[CallEvent, None]:
        stop = await journey.next()
        while stop is not None:
            asking = await self._prepare(call, journey, stop)
            if asking is None:
                stop = await journey.next()
                continue
            try:
                async with asking:
                    for event in _announced(asking, stop, journey):
                        yield event
                    while (text := await asking.next_text()) is not None:
                        if call.answer == "text":
                            journey.shown_of = asking.listed.name
                            yield Piece(text)
            finally:
                # Also where it was cut off: then it is what the ledger was told, an estimate.
                journey.tally.add(asking.cost)
                self._spent.add(asking.cost)
            if asking.error is None:
                yield _answered(asking, stop, journey)
                return
            stop = await self._following(journey, stop, asking, asking.error)
        raise journey.failed() from journey.last_error

    async def _prepare(self, call: Call, journey: Journey, stop: Stop) -> Asking | None:
        """Return an attempt that may begin: with a place, through the gate, its money set aside; else note why not."""
        listed, slot, asking = stop.listed, None, None
        try:
            slot = await self._enter(call, stop)
            if not stop.admission.holds:
                raise LeftAlone(f"{listed.name} failed for others, and is left alone for a while")
            clearing = self._clearance.clear(call.parts, listed.destination)
            cleared = await within(self._means.clock, self._deadline.remaining_ms, clearing)
            row, max_usd = await self._reserve(call, journey, stop, cleared)
            leave = Leave(stop.admission, slot, row, max_usd)
            request = self._request(call, journey, stop, cleared)
            asking = Asking(self._means, self._deadline, listed, request, leave, is_edit=call.answer == "edit")
        except tuple(_PASSED_OVER) as error:
            journey.pass_over(Note(listed.name, _PASSED_OVER[type(error)], str(error)), error)
        finally:
            if asking is None:
                stop.admission.dropped()
                if slot is not None:
                    slot.leave()
        return asking

    async def _enter(self, call: Call, stop: Stop) -> Slot:
        """Wait for a place at the provider, and on this machine for completions to rest."""
        listed, clock = stop.listed, self._means.clock
        provider = provider_of(listed.name)
        limit_ms = min(self._deadline.remaining_ms, self._means.limits(call.kind).first_token_ms)
        try:
            slot = await within(clock, limit_ms, self._means.slots.enter(provider, listed.backend.spec.kind))
        except TimeoutError as error:
            if self._deadline.remaining_ms <= 0:
                raise
            raise InUse(f"{listed.name} is busy with other work of yours") from error
        if listed.is_local:
            try:
                with suppress(TimeoutError):
                    rest_ms = min(YIELD_MS, self._deadline.remaining_ms / 2)
                    await within(clock, rest_ms, self._means.before_local())
            except BaseException:
                slot.leave()
                raise
        return slot

    async def _reserve(
        self, call: Call, journey: Journey, stop: Stop, cleared: Cleared
    ) -> tuple[Row | None, Decimal | None]:
        """Set the highest price of the attempt aside; return the row and that price."""
        name, caps = stop.listed.name, self._means.caps()
        texts = [part.text for part in cleared.parts]
        highest = self._means.prices.highest(name, texts, call.max_output_tokens, self._means.now())
        left = (caps.action_usd if call.max_usd is None else call.max_usd) - self._spent.known_usd
        if highest is None and call.max_usd is not None:
            raise OverBudget(f"the price of {name} is not known, so it cannot be held to ${call.max_usd}")
        if highest is not None and highest > 0 and highest > left:
            raise OverBudget(f"{name} could cost up to ${highest:.4f}, and ${max(left, Decimal(0)):.4f} may be spent")
        is_higher = stop.tier.rank > call.decision.tier.rank and journey.tally.known_usd > 0
        if call.max_usd is not None:
            # What the person was shown and agreed to stands before the setting, in both directions.
            caps = replace(caps, action_usd=call.max_usd)
        order = Order(call.run, call.kind, stop.tier, name, highest, call.is_escalation or is_higher)
        try:
            reserving = self._means.bookings.reserve(order, caps)
            return await within(self._means.clock, self._deadline.remaining_ms, reserving), highest
        except LedgerError:
            if highest != 0:
                raise
            # What costs nothing may go on without a ledger.
            return None, highest

    def _request(self, call: Call, journey: Journey, stop: Stop, cleared: Cleared) -> ChatRequest:
        listed, limits = stop.listed, self._means.limits(call.kind)
        self._means.budget.note_request(provider_of(listed.name))
        return ChatRequest(
            model=listed.destination.model,
            system="\n\n".join(part.text for part in cleared.parts if part.role == "system"),
            messages=tuple(
                Message(part.role, part.text, part.is_stable) for part in cleared.parts if part.role != "system"
            ),
            max_output_tokens=call.max_output_tokens,
            patience=patience_for(
                limits,
                self._deadline.remaining_ms,
                journey.others,
                is_local=listed.is_local,
                is_streamed=call.is_streamed,
            ),
            effort=call.effort,
            cache_key=call.cache_key,
            is_streamed=call.is_streamed,
        )

    async def _following(self, journey: Journey, stop: Stop, asking: Asking, error: BackendError) -> Stop | None:
        """Draw the consequences of a failure; return who is asked now, after a wait if it is the same model.

        Raises:
            CallFailed: it would fail everywhere.
            TimeoutError: there is no time left.
        """
        listed, means = stop.listed, self._means
        situation = Situation(
            remaining_ms=self._deadline.remaining_ms,
            retries=stop.retries,
            may_retry=means.budget.may_retry(provider_of(listed.name)),
            has_others=journey.others > 0,
            is_local=listed.is_local,
        )
        verdict = judge(error, situation)
        stop.admission.failed(verdict.harm, verdict.wait_ms, str(error))
        note = Note(listed.name, error.cause, str(error))
        journey.pass_over(note, error)
        journey.after = after(note, asking.cost)
        if self._deadline.remaining_ms <= 0:
            raise TimeoutError
        if verdict.step is Step.FAIL_USER:
            raise journey.failed() from error
        again = await self._again(stop, verdict) if verdict.step is Step.RETRY_SAME else None
        if again is not None:
            return again
        journey.learn(listed, verdict)
        return await journey.next()

    async def _again(self, stop: Stop, verdict: Verdict) -> Stop | None:
        """Wait, and return leave to ask the same model again; `None` if it is left alone meanwhile."""
        means, name = self._means, stop.listed.name
        if not means.budget.take(provider_of(name)) and not stop.listed.is_local:
            return None
        wait_ms = backoff_ms(stop.retries, verdict.wait_ms, means.chance)
        await within(means.clock, self._deadline.remaining_ms, means.clock.sleep_ms(wait_ms))
        admission = means.health.admit(name)
        return None if admission is None else Stop(stop.tier, stop.listed, admission, stop.retries + 1)


class InUse(Exception):
    """No place at the provider became free in time."""


class LeftAlone(Exception):
    """The model began to be left alone while a place at its provider was waited for."""


_PASSED_OVER: dict[type[Exception], str] = {
    NotAllowed: "consent",
    OverBudget: "budget",
    LedgerError: "ledger",
    InUse: "in-use",
    LeftAlone: "resting",
}
"""Why a model is not even asked, and the cause by which it is told."""


def _announced(asking: Asking, stop: Stop, journey: Journey) -> tuple[CallEvent, ...]:
    journey.attempts += 1
    attempt = Attempt(asking.listed.name, stop.tier, asking.max_usd, journey.after)
    lost, journey.shown_of = journey.shown_of, None
    return (attempt,) if lost is None else (Break(lost, asking.listed.name), attempt)


def _answered(asking: Asking, stop: Stop, journey: Journey) -> Answered:
    assert asking.finish is not None and asking.used is not None and asking.cost is not None
    return Answered(
        text=asking.text,
        finish=asking.finish,
        model=asking.listed.name,
        tier=stop.tier,
        usage=asking.used,
        cost=asking.cost,
        spent_usd=journey.tally.usd,
        attempts=journey.attempts,
    )
