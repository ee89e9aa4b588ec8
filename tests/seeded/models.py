"""Scripted models of stated skill: what each answers follows from its name, the case and the try, and from no chance.

A model reads the code from the prompt, as a real one does, and answers about those lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any

from tests.seeded.answers import KINDS, Answer, Shown, answer_of
from tests.seeded.corpus import cases, long_cases
from tests.servers.chat_wires import Counts

MILLION = Decimal(1_000_000)

BYTES_PER_TOKEN = 3
"""How the scripted providers count. tierlsp does not know it."""


@dataclass(frozen=True)
class Skill:
    """How good a model is."""

    name: str
    right: tuple[float, float, float]
    """The share of right answers, by difficulty."""
    sound: float
    """Of the others: the share that can be parsed and mends nothing, which no check can tell from a right one."""


WEAK = Skill("weak", (0.55, 0.25, 0.1), 0.2)
MIDDLING = Skill("middling", (0.85, 0.6, 0.35), 0.3)
STRONG = Skill("strong", (0.98, 0.9, 0.75), 0.4)


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens."""

    input: Decimal
    cached: Decimal
    written: Decimal
    output: Decimal

    def of(self, counts: Counts) -> Decimal:
        """What a provider charges."""
        plain = counts.prompt - counts.cached - counts.written
        return (
            plain * self.input
            + counts.cached * self.cached
            + counts.written * self.written
            + counts.output * self.output
        ) / MILLION


def price(input_: str, cached: str, written: str, output: str) -> Price:
    return Price(Decimal(input_), Decimal(cached), Decimal(written), Decimal(output))


FREE = price("0", "0", "0", "0")
CHEAP = price("0.28", "0.028", "0.28", "0.42")
DEAR = price("5", "0.5", "6.25", "25")


@dataclass(frozen=True)
class Model:
    """A model of a provider."""

    backend: str
    name: str
    kind: str
    """Of its backend, which says in which format it is spoken to."""
    tier: str
    skill: Skill
    price: Price
    seed: int = 0

    @property
    def full_name(self) -> str:
        """`backend/model`."""
        return f"{self.backend}/{self.name}"

    @property
    def is_here(self) -> bool:
        """Whether it counts as on this machine: all addresses are, but LiteLLM passes on what it is sent."""
        return self.kind != "litellm"

    def answer(self, shown: Shown, attempt: int) -> Answer:
        """What it says; `attempt` counts from 0, and is 1 when it is told why its answer was refused."""
        chance = Random(f"{self.full_name} {self.skill.name} {shown.case.name} {attempt} {self.seed}")
        if chance.random() < self.skill.right[shown.case.difficulty - 1]:
            kinds = ["right"]
        elif chance.random() < self.skill.sound:
            kinds = ["mends nothing"]
        else:
            kinds = list(KINDS[2:])
            chance.shuffle(kinds)
        return next(answer for kind in kinds if (answer := answer_of(kind, shown)) is not None)


@dataclass(frozen=True)
class Question:
    """A question as a model reads it."""

    texts: tuple[str, ...]
    shown: Shown
    attempt: int
    most_tokens: int

    @property
    def prompt_bytes(self) -> int:
        return sum(len(text.encode()) for text in self.texts)


_CODE = re.compile(r"The code to fix:\n(?P<fence>`{3,})\w*\n(?P<code>.*?)\n(?P=fence)\n", re.DOTALL)


def read_question(body: dict[str, Any]) -> Question:
    """Return what a body asks, in any of the three formats."""
    texts = tuple(_texts([body.get("system"), body["messages"]]))
    code = [match["code"] for text in texts for match in _CODE.finditer(text)][-1].split("\n")
    roles = [message["role"] for message in body["messages"]]
    most = body.get("max_tokens") or body.get("max_completion_tokens") or body.get("options", {}).get("num_predict")
    assert isinstance(most, int)
    is_in_blocks = "<<<<<<< SEARCH" in texts[-1]
    return Question(texts, replace(_found(tuple(code)), is_in_blocks=is_in_blocks), roles.count("assistant"), most)


def _found(code: tuple[str, ...]) -> Shown:
    """Return where the lines stand, and in which case."""
    for case in (*cases(), *long_cases()):
        for first in range(len(case.buggy) - len(code) + 1):
            if case.buggy[first : first + len(code)] == code:
                return Shown(case, first, first + len(code))
    raise AssertionError("these lines are of no case: " + "\n".join(code))


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a prompt, whatever its format puts them into."""
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        yield from _texts(value.get("content", value.get("text")))
    elif isinstance(value, str):
        yield value


def counts_of(question: Question, answer: Answer, kind: str) -> Counts:
    """What a provider counts: a second question is mostly in its cache, and Anthropic's format tells what it wrote."""
    prompt = -(-question.prompt_bytes // BYTES_PER_TOKEN)
    output = -(-len(answer.text.encode()) // BYTES_PER_TOKEN)
    if kind == "ollama":
        return Counts(prompt, 0, 0, output)
    cached = prompt * 2 // 3 if question.attempt else prompt // 7
    written = (prompt - cached) // 2 if kind == "anthropic" else 0
    return Counts(prompt, cached, written, output)
