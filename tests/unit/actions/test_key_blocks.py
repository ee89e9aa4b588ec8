"""A key that runs over lines is sent whole, so that the gate knows it, or not at all."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.actions.runs import document_of, problem, request_of
from tierlsp.actions.key_blocks import key_blocks, splits_a_block, without_split_blocks
from tierlsp.actions.plan import Known, make_plan
from tierlsp.actions.scope import ScopeError
from tierlsp.actions.types import Place, Span
from tierlsp.routing.facts import Kind

BODY = [base64.b64encode(bytes(range(number, number + 48))).decode() for number in range(30)]
KEY = ["-----BEGIN PRIVATE KEY-----", *BODY, "-----END PRIVATE KEY-----"]
CODE = [f"value_{number} = {number}" for number in range(600)]
LINES = ["KEY = '''", *KEY, "'''", *CODE]


def test_blocks_are_found() -> None:
    assert key_blocks(LINES, 0, len(LINES)) == [(1, 33)]
    assert key_blocks(KEY[:5], 0, 5) == [(0, 5)]
    assert key_blocks(CODE, 0, len(CODE)) == []
    assert splits_a_block(LINES, 5, 6) and not splits_a_block(LINES, 0, 40) and not splits_a_block(LINES, 33, 40)
    assert without_split_blocks(LINES, 5, 60) == (33, 60)


def is_whole_or_absent(text: str) -> bool:
    shown = [line in text for line in KEY]
    return not any(shown) or all(shown)


@settings(max_examples=120)
@given(st.integers(0, 620), st.integers(0, 40), st.sampled_from([Kind.EXPLAIN, Kind.FIX]), st.integers(0, 620))
def test_no_part_of_a_prompt_has_part_of_a_key(first: int, count: int, kind: Kind, room: int) -> None:
    for lines in (LINES, [*CODE, *LINES, *CODE]):
        span = Span(Place(first, 0), Place(min(first + count, len(lines) - 1), 1))
        request = request_of(kind, document=document_of("\n".join(lines)), span=span, diagnostics=(problem(first),))
        try:
            plan = make_plan(request, Known(room_tokens=room * 10))
        except ScopeError:
            continue
        assert all(is_whole_or_absent(part.text) for part in plan.parts)


def test_part_of_a_key_cannot_be_asked_about() -> None:
    span = Span(Place(5, 0), Place(7, 1))
    with pytest.raises(ScopeError, match="part of a key"):
        make_plan(request_of(Kind.EXPLAIN, document=document_of("\n".join(LINES)), span=span), Known())


def test_long_lines_and_long_messages_are_not_cut_inside_of_a_word() -> None:
    secret = "s3cr3t" * 200
    source = f"key = '{secret}'  # " + "x" * 10 + f"\nuse(kye, '{'a' * 150} {secret}')\n"
    long = replace(problem(1), message="word " * 119 + secret)
    plan = make_plan(request_of(document=document_of(source), diagnostics=(long,)), Known())
    task = plan.parts[-1].text
    assert task.count("s3cr3t") == task.count(secret) * 200
    assert "word …" in task
