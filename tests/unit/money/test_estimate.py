"""Tokens without a tokenizer: the counts of real tokenizers, kept beside the texts, lie below the highest."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.money.accounts import WallClock
from tierlsp.routing.estimate import Tokens, tokens_for_chars, tokens_in, tokens_in_messages
from tierlsp.routing.price_table import load_table
from tierlsp.routing.prices import PriceBook
from tierlsp.routing.pricing import Pricing

PYTHON = """\
class Wallet:
    def __init__(self, owner: str, cents: int = 0) -> None:
        self.owner = owner
        self._cents = cents

    def pay(self, other: "Wallet", cents: int) -> None:
        if cents > self._cents:
            raise ValueError(f"{self.owner} has only {self._cents / 100:.2f}")
        self._cents -= cents
        other._cents += cents
"""
RUST = """\
impl<T: Ord + Clone> Heap<T> {
    pub fn push(&mut self, item: T) -> Result<(), HeapError> {
        self.items.push(item);
        let mut at = self.items.len() - 1;
        while at > 0 && self.items[(at - 1) / 2] > self.items[at] {
            self.items.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
        Ok(())
    }
}
"""
SQL = "SELECT c.name, SUM(o.total) AS spent FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY 1;\n"
NUMBERS = "\n".join(",".join(str(hash_ % 10**6) for hash_ in range(n * 7919, n * 7919 + 8)) for n in range(1, 20))
KEY = base64.b64encode(hashlib.sha512(b"tierlsp").digest() * 4).decode()
CHINESE = "这个函数计算两个向量的点积,并在长度不同时抛出异常。" * 10
PROSE = "The retry budget is shared by every window of the editor, so that a storm of failures cannot multiply.\n" * 3

COUNTED = {
    # text: (cl100k, o200k, Anthropic's older tokenizer)
    "python": (97, 103, 103),
    "rust": (111, 112, 122),
    "sql": (28, 28, 34),
    "numbers": (455, 455, 491),
    "key": (246, 233, 247),
    "chinese": (240, 200, 190),
    "prose": (63, 63, 66),
}
TEXTS = {"python": PYTHON, "rust": RUST, "sql": SQL, "numbers": NUMBERS, "key": KEY, "chinese": CHINESE, "prose": PROSE}


@pytest.mark.parametrize("name", TEXTS)
def test_no_tokenizer_makes_more_tokens_than_the_highest(name: str) -> None:
    assert tokens_in(TEXTS[name]).highest >= max(COUNTED[name])


@pytest.mark.parametrize("name", ["python", "rust", "sql", "prose"])
def test_the_likely_number_is_near_what_tokenizers_make_of_code_and_prose(name: str) -> None:
    likely = tokens_in(TEXTS[name]).likely
    assert 0.7 * min(COUNTED[name]) <= likely <= 1.35 * max(COUNTED[name])


@given(st.text(max_size=300))
def test_no_text_has_more_tokens_than_bytes(text: str) -> None:
    tokens = tokens_in(text)
    assert tokens.likely >= 0
    assert tokens.highest <= len(text.encode("utf-8", "surrogatepass"))


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_longer_text_has_no_fewer_tokens(first: str, second: str) -> None:
    assert tokens_in(first + second).highest >= tokens_in(first).highest


def test_messages_have_a_frame_each() -> None:
    assert tokens_in_messages(["", ""]).highest == 32
    assert tokens_in_messages([PYTHON]).highest > tokens_in(PYTHON).highest


def test_a_length_alone_gives_a_bound_for_code() -> None:
    for name in ("python", "rust", "sql", "prose"):
        tokens = tokens_for_chars(len(TEXTS[name]))
        assert tokens.likely <= tokens.highest
        assert tokens.highest >= max(COUNTED[name])


def test_a_model_whose_tokenizer_makes_more_is_quoted_with_more() -> None:
    pricing = Pricing(PriceBook({}, load_table()), WallClock())
    prompt, output = Tokens(1000, 2000), Tokens(100, 500)
    assert pricing.quote("anthropic/claude-opus-5-5", prompt, output).prompt_tokens == 1350
    assert pricing.quote("openai/gpt-6.1-sol", prompt, output).prompt_tokens == 1000
    unknown = pricing.quote("elsewhere/x", prompt, output)
    assert (unknown.usd, unknown.max_usd, unknown.prompt_tokens) == (None, None, 1000)
