"""Which generation of Claude takes which words about thinking, as data. A wrong one is answered with status 400."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from tierlsp.backends.chat import Effort


class Thinking(Enum):
    """What a generation of models accepts."""

    NONE = "cannot think"
    BUDGET = "a number of tokens; off unless asked for"
    CHOSEN = "adaptive; off unless asked for"
    ON = "adaptive; on unless it is disabled"
    BETWEEN = "adaptive; thinks between tools at least, which without tools is never"
    ALWAYS = "adaptive; cannot be switched off, only lowered"


_GENERATIONS: tuple[tuple[str, Thinking], ...] = (
    (r"claude-(instant|2|3-(opus|sonnet|haiku|5))", Thinking.NONE),
    (r"claude-3-7", Thinking.BUDGET),
    (r"claude-(opus|sonnet|haiku)-4(-[0-5])?(-[0-9]{8}|@|$|-latest)", Thinking.BUDGET),
    (r"claude-(opus|sonnet|haiku)-4-", Thinking.CHOSEN),
    (r"claude-(opus|fable)-5-[1-9]", Thinking.ALWAYS),
    (r"claude-sonnet-5-[1-9]", Thinking.BETWEEN),
    (r"claude-", Thinking.ON),
)
"""The beginning of a model's name, and what it accepts; the first that fits counts.

The last holds for Opus 5, Sonnet 5, Haiku 5.5 and what is not known yet."""

_BUDGETS: Mapping[Effort, int] = {Effort.LOW: 1_024, Effort.MEDIUM: 4_096, Effort.HIGH: 16_384}
"""Tokens of thinking for models that want a number. 1,024 is the least that they take."""

_ROOM_TOKENS = 1_024
"""What must be left for the answer: thinking counts against the same limit."""


def thinking_of(model: str) -> Thinking:
    """Return what `model` accepts; `NONE` for what is no model of Anthropic's."""
    return next((form for pattern, form in _GENERATIONS if re.match(pattern, model)), Thinking.NONE)


def thinking_body(model: str, effort: Effort, max_tokens: int) -> dict[str, object]:
    """Return what a request's body says about thinking.

    Args:
        model: as Anthropic calls it.
        effort: how much it may think.
        max_tokens: the limit on thoughts and answer together.
    """
    form = thinking_of(model)
    if form is Thinking.NONE:
        return {}
    if form is Thinking.BUDGET:
        return _budget(effort, max_tokens)
    if effort is Effort.OFF:
        return _off(form)
    return {"thinking": {"type": "adaptive"}, "output_config": {"effort": str(effort)}}


def _off(form: Thinking) -> dict[str, object]:
    if form is Thinking.ON:
        return {"thinking": {"type": "disabled"}}
    if form is Thinking.BETWEEN:
        return {"thinking": {"type": "between_tools"}}
    if form is Thinking.ALWAYS:
        return {"output_config": {"effort": "low"}}
    return {}


def _budget(effort: Effort, max_tokens: int) -> dict[str, object]:
    if effort is Effort.OFF:
        return {}
    budget = min(_BUDGETS[effort], max_tokens - _ROOM_TOKENS)
    # Too little room to think in: it answers at once.
    return {"thinking": {"type": "enabled", "budget_tokens": budget}} if budget >= _BUDGETS[Effort.LOW] else {}
