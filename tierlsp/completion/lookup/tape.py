"""A tape: token records, one per line, written at the end and never moved.

Records are linked to the record of the line above, so a line can be replaced by writing a new record and linking
it: nothing else moves, whatever the document's length. A record that was replaced is overwritten with `DEAD`.

Positions at which a token (or a line end) follows are chained by what stands before them: the last four tokens, the
last two, and on tapes of open documents also the last one. Chains run through *blocks* of at most 65,535 positions,
so that a link takes two bytes; the newest position comes first. In all a token costs 10 to 15 bytes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from tierlsp.completion.lookup.tokens import DEAD, END_OF_LINE, PAD, indent_chars, indent_step, token_ids

MAX_LINE_CHARS = 2000
"""Longer lines are data or generated. With this limit a record always fits into a fresh block."""

BLANK = -1
"""In place of a record: a line without a token."""
OPAQUE = -2
"""In place of a record: a line too long to be indexed."""

TAIL_TOKENS = 3
"""Tokens of the line above that the keys of a line can see: one less than the longest key."""

_SMALLEST_BLOCK = 1 << 11
"""Positions in the smallest block. Fits the longest line; a further block is half as large as the tape is by then."""
_LARGEST_BLOCK = (1 << 16) - 1
"""Positions in the largest block: what an unsigned 16-bit link can name."""

_PAIR_FACTOR = 31
_QUAD_FACTOR = 8191
"""Odd, so that no bit of the earlier token is lost; small, so that Python multiplies in one or two digits.

Token ids are hashes: their low bits, which choose the bucket, need no further spreading.
"""


class Keys(NamedTuple):
    """What stands before a position, as the chains are keyed."""

    quad: int
    pair: int
    single: int


def keys_of(tail: Sequence[int]) -> Keys:
    """Return the keys of a position that the four tokens `tail` stand before, nearest last."""
    first, second, third, last = tail
    pair = third * _PAIR_FACTOR + last
    return Keys((first * _PAIR_FACTOR + second) * _QUAD_FACTOR + pair, pair, last)


class Wanted(NamedTuple):
    """Which positions are wanted."""

    nearest: int
    """The token before it."""
    second: int
    """The token before that; 0 for any."""
    initial: int
    """What the token at the position begins with (`initial_of`); -1 for any."""
    shift: int
    """How far before the chained position the wanted one lies."""
    most: int
    """How many are wanted."""


class _Block:
    """Chains over a stretch of positions. Offset 0 is a record's opening id, never a candidate: it ends a chain."""

    __slots__ = ("base", "capacity", "heads", "links", "mask")

    def __init__(self, base: int, capacity: int, levels: int) -> None:
        # About a third of the keys in source code are distinct: half as many buckets as positions is enough.
        buckets = 1 << (capacity - 1).bit_length() - 1
        self.base = base
        self.capacity = capacity
        self.mask = buckets - 1
        self.heads = [array("H", bytes(2 * buckets)) for _ in range(levels)]
        self.links = [array("H", bytes(2 * capacity)) for _ in range(levels)]


class Tape:
    """Records of one open document, or of a few files.

    Args:
        with_singles: Whether positions are also chained by the one token before them.
        expected_tokens: How large to make the first block.
    """

    __slots__ = ("_blocks", "_indents", "_prevs", "_starts", "_text", "_text_ends", "levels", "tokens")

    def __init__(self, *, with_singles: bool, expected_tokens: int = 0) -> None:
        self.tokens = array("I")
        """All records, one behind the other."""
        self._starts = array("I")
        self._prevs = array("i")
        self._indents = array("H")
        self._text = bytearray()
        self._text_ends = array("I", [0])
        self.levels = 3 if with_singles else 2
        """How many of the `Keys` the positions are chained by."""
        self._blocks = [self._block_of(0, expected_tokens)]

    def _block_of(self, base: int, capacity: int) -> _Block:
        return _Block(base, min(max(capacity, _SMALLEST_BLOCK), _LARGEST_BLOCK), self.levels)

    @property
    def records(self) -> int:
        """How many records were written."""
        return len(self._starts)

    @property
    def size_bytes(self) -> int:
        """Memory held, without the constant cost of the objects themselves (about 2 KB)."""
        per_block = sum(2 * self.levels * (block.mask + 1 + block.capacity) for block in self._blocks)
        return 4 * len(self.tokens) + len(self._text) + 14 * len(self._starts) + per_block

    def append(self, line: str, prev: int) -> int:
        """Write the record of `line`, whose line above has the record `prev` (negative: none).

        Returns:
            The record's number, or `BLANK` or `OPAQUE` where the line has none.
        """
        if len(line) > MAX_LINE_CHARS:
            return OPAQUE
        ids = token_ids(line)
        if not ids:
            return BLANK
        indent = indent_chars(line)
        step = indent_step(indent, self._indents[prev] if prev >= 0 else 0)
        ids.append(END_OF_LINE)
        start = len(self.tokens)
        block = self._blocks[-1]
        if start + len(ids) >= block.base + block.capacity:
            block = self._block_of(start, start // 2)
            self._blocks.append(block)
        self._chain(block, start + 1 - block.base, step, ids, self._tail(prev))
        self.tokens.append(step)
        self.tokens.extend(ids)
        self._starts.append(start)
        self._prevs.append(prev)
        self._indents.append(indent)
        # Editors may send lone surrogates, which JSON can spell.
        self._text += line.encode("utf-8", "surrogatepass")
        self._text_ends.append(len(self._text))
        return len(self._starts) - 1

    def _tail(self, record: int) -> list[int]:
        """The last three tokens of a record, those before its beginning as `PAD`."""
        if record < 0:
            return [PAD] * TAIL_TOKENS
        end = self.end(record) - 1
        tail = self.tokens[max(self._starts[record], end - TAIL_TOKENS) : end].tolist()
        return [PAD] * (TAIL_TOKENS - len(tail)) + tail

    def _chain(self, block: _Block, offset: int, step: int, ids: list[int], tail: list[int]) -> None:
        """Enter each position of a record into its chains. One turn is 0.3 µs, the greater part of indexing."""
        mask = block.mask
        quad_heads, pair_heads = block.heads[0], block.heads[1]
        quad_links, pair_links = block.links[0], block.links[1]
        first, second, third = tail
        older = first * _PAIR_FACTOR + second
        old = second * _PAIR_FACTOR + third
        last = step
        at = offset
        for token in ids:
            pair = third * _PAIR_FACTOR + last
            bucket = (older * _QUAD_FACTOR + pair) & mask
            quad_links[at] = quad_heads[bucket]
            quad_heads[bucket] = at
            bucket = pair & mask
            pair_links[at] = pair_heads[bucket]
            pair_heads[bucket] = at
            older = old
            old = pair
            third = last
            last = token
            at += 1
        if self.levels == 3:
            single_heads, single_links = block.heads[2], block.links[2]
            last = step
            for at, token in enumerate(ids, offset):
                bucket = last & mask
                single_links[at] = single_heads[bucket]
                single_heads[bucket] = at
                last = token

    def kill(self, record: int) -> int:
        """Overwrite a record, so that nothing matches it, and return how many tokens it held."""
        start, end = self._starts[record], self.end(record)
        self.kill_span(start, end)
        return end - start

    def kill_span(self, start: int, end: int) -> None:
        """Overwrite the tokens at positions `start` to `end`."""
        self.tokens[start:end] = array("I", [DEAD]) * (end - start)

    def link(self, record: int, prev: int) -> None:
        """Say that the line above `record` has the record `prev`, or none that can be seen (negative)."""
        self._prevs[record] = prev

    def find(self, level: int, key: int, wanted: Wanted, found: list[int], steps: int) -> int:
        """Add to `found` the positions chained under `key` at `level` (a field of `Keys`), newest first.

        Most of those that are not `wanted` are left out: those that fell into the same bucket by chance.

        Args:
            level: Which chains to follow.
            key: The key at that level.
            wanted: Which of them to take.
            found: Grows by what is found; holds fewer than are wanted.
            steps: How many links may be followed.

        Returns:
            How many links may still be followed.
        """
        tokens = self.tokens
        nearest, second, initial, shift, most = wanted
        for block in reversed(self._blocks):
            offset = block.heads[level][key & block.mask]
            if not offset:
                continue
            links = block.links[level]
            base = block.base - shift
            while offset:
                if not steps:
                    return 0
                steps -= 1
                position = base + offset
                if (
                    tokens[position - 1] == nearest
                    and (initial < 0 or tokens[position] >> 24 == initial)
                    and (not second or tokens[position - 2] == second)
                ):
                    found.append(position)
                    if len(found) >= most:
                        return steps
                offset = links[offset]
        return steps

    def record_at(self, position: int) -> int:
        """Return the record that holds `position`."""
        return bisect_right(self._starts, position) - 1

    def start(self, record: int) -> int:
        """Return the position of the record's opening id."""
        return self._starts[record]

    def end(self, record: int) -> int:
        """Return the position after the record's `END_OF_LINE`."""
        return self._starts[record + 1] if record + 1 < len(self._starts) else len(self.tokens)

    def prev(self, record: int) -> int:
        """Return the record of the line above, or a negative number if there is none to be seen."""
        return self._prevs[record]

    def raw_line(self, record: int) -> bytes:
        """Return the line of `record` as UTF-8, lone surrogates passed through.

        A record's text is never changed, so another thread may ask for that of a record it knows of.
        """
        return bytes(self._text[self._text_ends[record] : self._text_ends[record + 1]])

    def line(self, record: int) -> str:
        """Return the line of `record`."""
        return self.raw_line(record).decode("utf-8", "surrogatepass")
