"""What comes in one go is one chunk, and nothing of it is lost."""

from collections.abc import Iterator

import pytest

from tierlsp.backends.base import Chunk, Usage, merged
from tierlsp.errors import Garbled


def test_pieces_that_come_together_are_one() -> None:
    usage = Usage(output_tokens=2)
    assert list(merged([Chunk("a"), Chunk(""), Chunk("b", usage)])) == [Chunk("ab", usage, 2)]
    assert list(merged([Chunk(""), Chunk("")])) == []
    assert list(merged([Chunk("", usage)])) == [Chunk("", usage, 0)]


def test_what_came_before_an_error_is_passed_on_before_it() -> None:
    def broken() -> Iterator[Chunk]:
        yield Chunk("a")
        yield Chunk("b")
        raise Garbled("it cannot be read", cause="not-json")

    chunks = merged(broken())
    assert next(chunks) == Chunk("ab", None, 2)
    with pytest.raises(Garbled):
        next(chunks)
