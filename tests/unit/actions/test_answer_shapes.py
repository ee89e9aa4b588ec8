"""Answers in the shapes that models write: the right edit, or a refusal that says why; never a wrong edit."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from tests.unit.actions.runs import document_of, request_of
from tierlsp.actions.edits import Change, apply_edit, file_edit
from tierlsp.actions.job import Job
from tierlsp.actions.reading import Form, ReplyError, Rewrite, read_edit
from tierlsp.actions.scope import Target
from tierlsp.actions.types import Document
from tierlsp.actions.verify import verify
from tierlsp.routing.facts import Scope

ANSWERS = 500 if os.environ.get("CI") else 200

HEAD = ["import math", "", ""]
TAIL = ["", "", "def last():", "    return 'é 🙂'"]


def code_of(random: Random, end: str) -> tuple[list[str], list[str]]:
    """Return a function with a mistake in it, and the function without."""
    indent = random.choice(["    ", "\t", "  "])
    count = random.choice([2, 5, 30, 150])
    lines = [f"def area(radius):{end}"] + [f"{indent}step_{n} = radius + {n}  # ü{n}" for n in range(count)]
    at = random.randrange(1, len(lines))
    right = [*lines[:at], f"{indent}step_{at - 1} = radius + {at - 1} + 1  # ✓", *lines[at + 1 :]]
    return [line.rstrip("\r") for line in lines], [line.rstrip("\r") for line in right]


def block(old: list[str], new: list[str], random: Random) -> str:
    """Return a search and replace block for the one line that differs, with some lines around it."""
    at = next(n for n, (one, other) in enumerate(zip(old, new, strict=True)) if one != other)
    first, end = max(0, at - random.randrange(3)), at + 1 + random.randrange(2)
    search, replace = "\n".join(old[first:end]), "\n".join(new[first:end])
    return f"<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\nEND\n"


def fence(lines: list[str]) -> str:
    return "```python\n" + "\n".join(lines) + "\n```\n"


Shape = Callable[[list[str], list[str], Random], str]
WHOLE: dict[str, Shape] = {
    "good": lambda old, new, random: fence(new),
    "prose around": lambda old, new, random: f"Sure! Here it is:\n\n{fence(new)}\nI added one.\n",
    "thoughts": lambda old, new, random: f"<think>\nHm, ```maybe```\n</think>\n{fence(new)}",
    "other fence": lambda old, new, random: fence(new).replace("```", "~~~"),
    "no language": lambda old, new, random: fence(new).replace("```python", "```"),
    "crlf": lambda old, new, random: fence(new).replace("\n", "\r\n"),
    "blank lines": lambda old, new, random: fence(["", *new, "", ""]),
    "no end": lambda old, new, random: fence(new).rstrip("`\n"),
    "half": lambda old, new, random: fence(new)[: random.randrange(1, len(fence(new)) - 5)],
    "half, closed": lambda old, new, random: fence(new[: len(new) // 2]),
    "no fence": lambda old, new, random: "\n".join(new),
    "two fences": lambda old, new, random: fence(old) + fence(new),
    "left out": lambda old, new, random: fence([new[0], "    # ... rest of the code unchanged ..."]),
    "other file": lambda old, new, random: fence(["class Other:", "    pass"]),
    "diff": lambda old, new, random: fence([f"-{line}" for line in old] + [f"+{line}" for line in new]),
    "shifted": lambda old, new, random: fence([f"    {line}" for line in new]),
    "unchanged": lambda old, new, random: fence(old),
    "hidden": lambda old, new, random: fence([*new[:-1], new[-1] + "\u202e"]),
    "empty": lambda old, new, random: "",
    "nothing": lambda old, new, random: "NOTHING: it is right",
}
BLOCKS: dict[str, Shape] = {
    "blocks": lambda old, new, random: block(old, new, random),
    "blocks in a fence": lambda old, new, random: "```\n" + block(old, new, random)[:-4] + "```\nEND\n",
    "blocks with prose": lambda old, new, random: f"I change one line:\n\n{block(old, new, random)}",
    "blocks, crlf": lambda old, new, random: block(old, new, random).replace("\n", "\r\n"),
    "blocks, trailing blanks": lambda old, new, random: block(old, new, random).replace("\n=======", "  \n======="),
    "blocks without end": lambda old, new, random: block(old, new, random).removesuffix("END\n"),
    "blocks, half": lambda old, new, random: block(old, new, random).partition("=======")[0],
    "blocks, twice": lambda old, new, random: block(old, new, random).removesuffix("END\n") + block(old, new, random),
    "blocks, wrong anchor": lambda old, new, random: block(old, new, random).replace("radius", "diameter", 1),
    "blocks, empty anchor": lambda old, new, random: "<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE\nEND\n",
}
MAY_BE_RIGHT = {
    "good", "prose around", "thoughts", "other fence", "no language", "crlf", "blank lines", "shifted", "blocks",
    "blocks in a fence", "blocks with prose", "blocks, crlf", "blocks, trailing blanks",
}  # fmt: skip
"""Shapes from which the right edit can be told."""


def outcome(document: Document, target: Target, reply: str) -> list[str] | str:
    """Return the lines of the document after `reply`, or why there is no edit."""
    job = Job(request_of(document=document, diagnostics=()), target)
    try:
        read = read_edit(reply, job.lines, job.form, fence=job.fence, restore=lambda text: text)
    except ReplyError as error:
        return str(error)
    if not isinstance(read, Rewrite):
        return "nothing to do"
    verified = verify(job, read)
    if verified.failed is not None:
        return verified.failed.text
    edit = file_edit(document, [Change(0, len(document.lines), verified.lines)])
    return list(apply_edit(edit))


@pytest.mark.parametrize("shapes", [WHOLE, BLOCKS], ids=["whole", "blocks"])
def test_each_shape_gives_the_right_edit_or_says_why_not(shapes: dict[str, Shape]) -> None:
    right: Counter[str] = Counter()
    for number in range(ANSWERS // 2):
        random = Random(number)
        name = list(shapes)[number % len(shapes)]
        old, new = code_of(random, "")
        lines = [*HEAD, *old, *TAIL, *([""] if random.random() < 0.5 else [])]
        document = document_of("\n".join(lines))
        target = Target(Scope.SYMBOL, len(HEAD), len(HEAD) + len(old))
        job = Job(request_of(document=document, diagnostics=()), target)
        reply = shapes[name](old, new, random)
        found = outcome(document, target, reply)
        if isinstance(found, str):
            assert len(found) > 10, name
            # What a person could read as well must not be refused, in the form that was asked for.
            asked_for = name.startswith("blocks") or job.form is Form.WHOLE
            assert name not in MAY_BE_RIGHT or not asked_for or name == "shifted", (name, found)
        else:
            assert found == [*HEAD, *new, *lines[len(HEAD) + len(old) :]], (number, name)
            right[name] += 1
    assert set(right) <= MAY_BE_RIGHT, right
    assert len(right) >= 5
