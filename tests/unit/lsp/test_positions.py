"""Characters of the wire and columns of the text, in all three encodings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.lsp.positions import ENCODINGS, Encoding, character_of, choose_encoding, column_of

UTF8, UTF16, UTF32 = Encoding.UTF8, Encoding.UTF16, Encoding.UTF32

ENCODERS = {UTF8: ("utf-8", 1), UTF16: ("utf-16-le", 2), UTF32: ("utf-32-le", 4)}


def units(text: str, encoding: Encoding) -> int:
    """Count code units by encoding, which is not how the package does it."""
    codec, size = ENCODERS[encoding]
    # One by one, so that two halves of a pair that stand side by side stay two.
    return sum(len(char.encode(codec, "surrogatepass")) // size for char in text)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["utf-8", "utf-16", "utf-32"], UTF8),
        (["utf-32", "utf-8"], UTF32),
        (["utf-16"], UTF16),
        (["utf-7", "utf-32"], UTF32),
        ([], UTF16),
        (["utf-7"], UTF16),
        ([None, 5, "UTF-8", "utf-8"], UTF8),
    ],
)
def test_the_clients_first_known_choice_is_taken(offered: list[object], chosen: Encoding) -> None:
    assert choose_encoding(offered) is chosen


def test_the_names_are_those_of_the_wire() -> None:
    assert sorted(ENCODINGS) == ["utf-16", "utf-32", "utf-8"]


@pytest.mark.parametrize(
    ("line", "encoding", "character", "column"),
    [
        ("abc", UTF16, 0, 0),
        ("abc", UTF16, 3, 3),
        ("abc", UTF16, 4, 3),
        ("abc", UTF8, 2**31 - 1, 3),
        ("abc", UTF32, 2**31 - 1, 3),
        ("", UTF8, 0, 0),
        ("", UTF16, 5, 0),
        ("é😀x", UTF8, 0, 0),
        ("é😀x", UTF8, 2, 1),
        ("é😀x", UTF8, 6, 2),
        ("é😀x", UTF8, 7, 3),
        ("é😀x", UTF16, 1, 1),
        ("é😀x", UTF16, 3, 2),
        ("é😀x", UTF16, 4, 3),
        ("é😀x", UTF32, 2, 2),
        ("é😀x", UTF32, 4, 3),
        # Inside a code point it is the code point's beginning.
        ("é😀x", UTF8, 1, 0),
        ("é😀x", UTF8, 3, 1),
        ("é😀x", UTF8, 5, 1),
        ("é😀x", UTF16, 2, 1),
        # A lone half of a pair is a code point of its own.
        ("\ud83d\ude00", UTF16, 1, 1),
        ("\ud83d\ude00", UTF8, 3, 1),
        # Not a line end to LSP.
        ("a\u2028b\fc", UTF16, 4, 4),
    ],
)
def test_a_character_is_at_a_column(line: str, encoding: Encoding, character: int, column: int) -> None:
    assert column_of(line, character, encoding) == column


LINES = st.text(alphabet=st.sampled_from("ab é中😀𐐀\u0301\u200d\u2028\0\ud800\udc00"), max_size=40)


@given(line=LINES, encoding=st.sampled_from(Encoding), share=st.floats(0, 1))
def test_there_and_back_again_is_the_same_column(line: str, encoding: Encoding, share: float) -> None:
    column = round(share * len(line))
    character = character_of(line, column, encoding)
    assert character == units(line[:column], encoding)
    assert column_of(line, character, encoding) == column


@given(line=LINES, encoding=st.sampled_from(Encoding), character=st.integers(0, 200))
def test_a_column_never_lies_past_its_character(line: str, encoding: Encoding, character: int) -> None:
    column = column_of(line, character, encoding)
    assert 0 <= column <= len(line)
    assert units(line[:column], encoding) <= character
    # The next code point would go past it, or there is none.
    assert column == len(line) or units(line[: column + 1], encoding) > character
