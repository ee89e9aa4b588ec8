"""The document store against an oracle that shares no code with it: whole strings, and the specification's words."""

import random
import re

import pytest

from tierlsp.lsp.documents import Document
from tierlsp.lsp.positions import Encoding

EDITS_PER_ENCODING = 10_000

UNIT_BYTES = {Encoding.UTF8: ("utf-8", 1), Encoding.UTF16: ("utf-16-le", 2), Encoding.UTF32: ("utf-32-le", 4)}

ALPHABET = [
    *"abcxyz_()  \t\"'{}",
    "\n", "\n", "\r\n", "\r\n", "\r",
    "\f", "\v", "\x1c", "\x85", "\u2028", "\u2029", "\0",
    "é", "ß", "中", "\u0301", "\ufeff", "😀", "👩\u200d💻", "𐐀", "\ud800", "\udc00",
]  # fmt: skip


def units(text: str, encoding: Encoding) -> int:
    codec, size = UNIT_BYTES[encoding]
    # One by one, so that two lone surrogates side by side stay two.
    return sum(len(char.encode(codec, "surrogatepass")) // size for char in text)


def oracle_offset(text: str, position: dict, encoding: Encoding) -> int:
    """LSP 3.17, "Position": past the end of a line is its end; we take a line past the last as the end of the text."""
    starts = [0] + [match.end() for match in re.finditer(r"\r\n|\n|\r", text)]
    if position["line"] >= len(starts):
        return len(text)
    start = starts[position["line"]]
    end = re.compile(r"[\r\n]|\Z").search(text, start).start()
    offset = start
    while offset < end and units(text[start : offset + 1], encoding) <= position["character"]:
        offset += 1
    return offset


def oracle_apply(text: str, change: dict, encoding: Encoding) -> str:
    if "range" not in change:
        return change["text"]
    offsets = sorted(oracle_offset(text, change["range"][side], encoding) for side in ("start", "end"))
    return text[: offsets[0]] + change["text"] + text[offsets[1] :]


def random_text(rng: random.Random, length: int) -> str:
    return "".join(rng.choice(ALPHABET) for _ in range(length))


def random_position(rng: random.Random, document: Document, encoding: Encoding) -> dict:
    line = rng.randrange(len(document.lines))
    character = rng.randint(0, units(document.lines[line], encoding))
    if rng.random() < 0.1:
        character += rng.choice([1, 2, 7, 2**31 - 1])
    if rng.random() < 0.05:
        line += rng.choice([1, 2, len(document.lines), 2**31 - 1])
    return {"line": line, "character": character}


def random_change(rng: random.Random, document: Document, encoding: Encoding) -> dict:
    if rng.random() < 0.01:
        return {"text": random_text(rng, rng.randint(0, 120))}
    start = random_position(rng, document, encoding)
    end = start if rng.random() < 0.5 else random_position(rng, document, encoding)
    # Deleting as much as is inserted keeps the document small.
    length = 0 if rng.random() < 0.4 else rng.choice([1, 1, 1, 2, 5, 20])
    if rng.random() < 0.6:
        end = {"line": start["line"], "character": start["character"] + rng.randint(0, 3)}
    return {"range": {"start": start, "end": end}, "text": random_text(rng, length)}


@pytest.mark.parametrize("encoding", list(Encoding))
def test_ten_thousand_random_edits_leave_the_text_that_the_specification_says(encoding: Encoding) -> None:
    seed = 20261123
    rng = random.Random(f"{seed}/{encoding}")
    text = random_text(rng, 200)
    document = Document("file:///a", "python", 0)
    document.replace_all(text)
    for step in range(EDITS_PER_ENCODING):
        if len(text) > 600:
            text = random_text(rng, 200)
            document.replace_all(text)
        change = random_change(rng, document, encoding)
        expected = oracle_apply(text, change, encoding)
        document.apply(change, encoding)
        assert document.text == expected, f"seed {seed}, {encoding}, step {step}: {change!r} on {text!r}"
        assert document.length == len(expected)
        text = expected


@pytest.mark.parametrize("encoding", list(Encoding))
def test_what_a_change_says_it_replaced_rebuilds_the_lines_elsewhere(encoding: Encoding) -> None:
    """The index of the embedded completer follows these reports and sees nothing else."""
    rng = random.Random(f"followers/{encoding}")
    document = Document("file:///a", "python", 0)
    document.replace_all(random_text(rng, 300))
    followed = list(document.lines)
    for _ in range(2_000):
        change = document.apply(random_change(rng, document, encoding), encoding)
        followed[change.start : change.start + change.removed] = change.added
        assert followed == document.lines
        if document.length > 600:
            change = document.replace_all(random_text(rng, 200))
            followed[change.start : change.start + change.removed] = change.added
