import pytest

from tierlsp.completion.lookup.suffix import tokens_before
from tierlsp.completion.lookup.tokens import token_ids


def cut(rest: str, suffix: str) -> int | None:
    return tokens_before(tuple(token_ids(rest)), tuple(token_ids(suffix)))


@pytest.mark.parametrize(
    ("rest", "suffix", "kept"),
    [
        ("a, b)", ")", "a, b"),
        ("a, b):", ")", "a, b"),
        ("f(a), b) + c", ")", "f(a), b"),
        ("f(a)[0], b)", ")", "f(a)[0], b"),
        ("a + b", "+ b", "a"),
        ("a, b) and c(a, b)", ")", "a, b) and c(a, b"),
        (")", ")", ""),
    ],
)
def test_the_rest_is_cut_where_the_suffix_begins(rest: str, suffix: str, kept: str) -> None:
    assert cut(rest, suffix) == len(token_ids(kept))


@pytest.mark.parametrize(
    ("rest", "suffix"),
    [("a, b", ")"), ("f(a)", "]"), ("a) + b] + c", "]"), ("", ")"), ("f(a", ")"), ("a", "a b")],
)
def test_a_rest_without_the_suffix_says_nothing(rest: str, suffix: str) -> None:
    assert cut(rest, suffix) is None
