import pytest

from tierlsp.completion.lookup.tokens import (
    DEEPER,
    SAME_INDENT,
    SHALLOWER,
    indent_chars,
    indent_step,
    initial_of,
    last_word,
    token_id,
    token_ids,
    token_spans,
)


def tokens_of(text: str) -> list[str]:
    return [text[start:end] for start, end in token_spans(text)]


def test_words_and_single_signs_are_tokens_and_blanks_are_none() -> None:
    assert tokens_of("\tif a_1!=b.c :") == ["if", "a_1", "!", "=", "b", ".", "c", ":"]
    assert tokens_of(" \t\x0c ") == []
    assert tokens_of("größe=日本") == ["größe", "=", "日本"]


def test_ids_follow_the_spans_and_tell_tokens_apart() -> None:
    text = "call(a, b) or call(b, a)"
    assert token_ids(text) == [token_id(token) for token in tokens_of(text)]
    assert len(set(token_ids("a b c ( ) [ ] 日 1 2"))) == 10


@pytest.mark.parametrize("token", ["a", "\u0100", "日", "\U0001f600", "\ud800", "_" * 300])
def test_ids_fit_32_bits_and_are_never_a_records_own_marks(token: str) -> None:
    assert 8 <= token_id(token) < 1 << 32


def test_tokens_that_begin_alike_have_the_same_initial() -> None:
    assert initial_of(token_id("alpha")) == initial_of(token_id("apple"))
    assert initial_of(token_id("alpha")) != initial_of(token_id("beta"))


@pytest.mark.parametrize(("text", "word"), [("a.bc", "bc"), ("a.", ""), ("a ", ""), ("", ""), ("x = größ", "größ")])
def test_the_word_at_the_end_of_a_text(text: str, word: str) -> None:
    assert last_word(text) == word


def test_indentation_is_compared_with_the_line_above() -> None:
    assert indent_chars("\t  x") == 3
    assert indent_step(4, 4) == SAME_INDENT
    assert indent_step(8, 4) == DEEPER
    assert indent_step(0, 4) == SHALLOWER
