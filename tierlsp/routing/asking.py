"""One model, asked once: its answer within its limits, and its row in the ledger ended exactly once."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from types import TracebackType
from typing import Self

from tierlsp.backends.chat import ChatChunk, ChatRequest, Effort, Finish, TokenUsage, usage_told
from tierlsp.errors import BackendError, Garbled, Rejected, Unavailable
from tierlsp.routing.booking import Row
from tierlsp.routing.deadlines import Deadline, within
from tierlsp.routing.failures import is_free
from tierlsp.routing.health import Admission
from tierlsp.routing.means import Listed, Means
from tierlsp.routing.slots import Slot
from tierlsp.routing.spend import Cost

logger = logging.getLogger(__name__)

SLACK_MS = 50.0
"""How much later than the HTTP client we lose patience: its own words on what went wrong are the better ones."""

CLOSE_MS = 100.0
"""How long closing a connection may take. It takes microseconds; nothing that is stuck may hold up a run's end."""


@dataclass(frozen=True, slots=True)
class Leave:
    """All that an attempt was given, and gives back."""

    admission: Admission
    slot: Slot
    row: Row | None
    """`None` for a model on this machine, where the ledger cannot be written."""
    max_usd: Decimal | None
    """What was set aside; `None` where no price is known."""


class Asking:
    """An attempt. Entering it sends nothing; leaving it closes the connection and ends the row.

    A `BackendError` inside of it is kept in `error` and goes no further.
    """

    def __init__(
        self, means: Means, deadline: Deadline, listed: Listed, request: ChatRequest, leave: Leave, *, is_edit: bool
    ) -> None:
        self._means = means
        self._deadline = deadline
        self._request = request
        self._leave = leave
        self._is_edit = is_edit
        self._began_at = means.now()
        self._has_hole = False
        self._stream: AsyncGenerator[ChatChunk, None] | None = None
        self._pieces: list[str] = []
        self._asked_ms = 0.0
        self._progress_ms = 0.0
        """When it was asked, and when its last text came."""
        self.listed = listed
        self.finish: Finish | None = None
        self.usage: TokenUsage | None = None
        self.first_token_ms: float | None = None
        self.error: BackendError | None = None
        self.used: TokenUsage | None = None
        self.cost: Cost | None = None
        """Once it is over: what it took and cost, as far as is known; `None` if that was nothing at all."""

    @property
    def max_usd(self) -> Decimal | None:
        """Return what was set aside for it; `None` where no price is known."""
        return self._leave.max_usd

    @property
    def text(self) -> str:
        """Return what came so far."""
        return "".join(self._pieces)

    async def next_text(self) -> str | None:
        """Return the next piece of the answer; `None` at its end, once it has been found good.

        Raises:
            BackendError: it failed, broke off, stalled or is no answer.
        """
        if self._stream is None:
            self._asked_ms = self._progress_ms = self._means.clock.now_ms()
            self._stream = self.listed.backend.chat(self._request)
        while self.finish is None:
            chunk = await self._next_chunk(self._stream)
            self.finish = chunk.finish
            self.usage = chunk.usage or self.usage
            self._has_hole = self._has_hole or chunk.skipped > 0
            if chunk.text:
                self._note_progress()
                self._pieces.append(chunk.text)
                return chunk.text
        self._check()
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, BackendError):
            error.has_begun = error.has_begun or bool(self._pieces)
            self.error = error
        is_over = error is None or self.error is not None
        admission = self._leave.admission
        if error is None:
            admission.succeeded(self.first_token_ms if self._request.is_streamed else None)
        elif not is_over:
            admission.dropped()
        is_ended = False
        try:
            try:
                await self._close()
            finally:
                self._leave.slot.leave()
                await self._end_row(is_over=is_over)
            is_ended = True
        finally:
            if not is_ended:
                admission.dropped()
        return self.error is not None

    async def _next_chunk(self, stream: AsyncGenerator[ChatChunk, None]) -> ChatChunk:
        try:
            return await within(self._means.clock, self._limit_ms(), anext(stream))
        except BackendError:
            raise
        except TimeoutError as error:
            raise self._too_slow() from error
        except StopAsyncIteration as error:
            raise Garbled(f"{self.listed.name} broke off before the end of its answer", cause="cut") from error
        except Exception as error:
            # A fault of ours in one backend must not keep the others from being asked.
            logger.exception("the backend of %s raised something else than BackendError", self.listed.name)
            raise Unavailable(f"{self.listed.name} cannot be asked: {type(error).__name__}", cause="client") from error

    def _limit_ms(self) -> float:
        """Return how long the next chunk may take. Only text counts as progress: a server's pings do not."""
        patience = self._request.patience
        allowed_ms = patience.stall_ms if self._pieces else patience.first_byte_ms
        if not self._pieces and self._request.effort is not Effort.OFF:
            # It thinks first, for as long as it likes, and sends signs of life meanwhile.
            allowed_ms = patience.total_ms
        now_ms = self._means.clock.now_ms()
        until_ms = min(self._progress_ms + allowed_ms, self._asked_ms + patience.total_ms)
        return max(0.0, min(until_ms - now_ms, self._deadline.remaining_ms)) + SLACK_MS

    def _too_slow(self) -> BackendError:
        name = self.listed.name
        if self._pieces:
            return Unavailable(f"{name} stopped in the middle of its answer", cause="stalled")
        seconds = (self._means.clock.now_ms() - self._asked_ms) / 1000
        return Unavailable(f"{name} wrote nothing within {seconds:.3g} s", cause="timeout")

    def _note_progress(self) -> None:
        self._progress_ms = self._means.clock.now_ms()
        if self.first_token_ms is None:
            self.first_token_ms = self._progress_ms - self._asked_ms
            self._leave.admission.answering()

    def _check(self) -> None:
        """Raise what is wrong with an answer that came to its end."""
        name = self.listed.name
        if self.finish is Finish.REFUSAL:
            raise Rejected(f"{name} declined to answer", cause="refusal")
        if self.finish is Finish.LENGTH and self._is_edit:
            raise Garbled(f"{name} did not come to the end of its answer", cause="length")
        if self._has_hole and self._is_edit:
            raise Garbled(f"{name} sent an answer of which a part could not be read", cause="hole")
        if not self.text.strip():
            raise Garbled(f"{name} gave an empty answer", cause="empty")

    async def _close(self) -> None:
        if self._stream is not None:
            with suppress(TimeoutError, BackendError):
                await within(self._means.clock, CLOSE_MS, self._stream.aclose())

    async def _end_row(self, *, is_over: bool) -> None:
        """Tell the ledger what became of it.

        It is booked with what the provider says it took. Where the provider does not say, because the answer broke off,
        was not waited for or has no usage, it is booked as an estimate.
        """
        row = self._leave.row
        usage = self.usage
        is_free_error = is_over and self.error is not None and is_free(self.error)
        if self._stream is None or (usage is None and is_free_error):
            if row is not None:
                await row.release()
            return
        is_estimate = usage is None
        self.used = usage or self._estimate()
        self.cost = self._means.prices.cost(self.listed.name, self.used, self._began_at)
        if row is not None:
            await row.book(self.used, self.cost, is_estimate=is_estimate)

    def _estimate(self) -> TokenUsage:
        """Return what it is likely to have taken, with what the provider had told before it broke off."""
        prices, name = self._means.prices, self.listed.name
        written = prices.tokens_in(name, [self.text]) if self._pieces else 0
        told = None if self.error is None else usage_told(self.error)
        if told is not None and told.prompt_tokens:
            return replace(told, output_tokens=max(told.output_tokens, written))
        read = prices.tokens_in(name, [self._request.system, *(message.text for message in self._request.messages)])
        return TokenUsage(input_tokens=read, output_tokens=written)
