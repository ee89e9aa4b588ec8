"""A failed call is one sentence: who was tried, what became of each, what to do."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tierlsp.routing.failures import RULES
from tierlsp.routing.spend import Cost, PriceSource
from tierlsp.routing.wording import PHRASES, TRY_LATER, Note, after, failure

CAUSES = [*RULES, "budget", "consent", "ledger", "resting", "unknown", "in-use", "off", "never heard of"]
notes = st.lists(
    st.builds(
        Note,
        st.sampled_from(["a/x", "b/y", "c/z", "d/v", "e/w", "f/u"]),
        st.sampled_from(CAUSES),
        st.just("It failed."),
    ),
    max_size=9,
)


@given(notes, st.sampled_from([None, 30_000.0]))
def test_whatever_happened_is_one_sentence_with_one_mend(told: list[Note], late_after_ms: float | None) -> None:
    sentence, cause = failure(told, late_after_ms=late_after_ms)
    assert sentence.isprintable() and sentence.count(";") == 1
    assert not sentence.endswith(".")
    assert cause
    assert all(note.model in sentence for note in told[:1] if late_after_ms or len({note.model for note in told}) > 1)
    assert (cause == "deadline") == (late_after_ms is not None)


def test_every_cause_that_can_be_met_has_words() -> None:
    assert set(RULES) - set(PHRASES) <= {
        "bad-url",
        "closed",
        "client",
        "unsupported",
        "no-fim",
        "not-ollama",
        "not-llamacpp",
    }


def test_a_sentence_that_says_what_to_do_is_left_as_it_is() -> None:
    said = "nobody answers for Ollama; start it with: ollama serve"
    assert failure([Note("ollama/m", "refused", said)]) == (said, "refused")
    assert failure([Note("a/x", "timeout", "It was silent.")]) == (f"It was silent; {TRY_LATER}", "timeout")


def test_what_was_paid_in_vain_is_said() -> None:
    note = Note("a/x", "cut", "a/x broke off")
    assert after(note, None) == "a/x broke off"
    assert after(note, Cost(Decimal(0), PriceSource.FREE)) == "a/x broke off"
    assert after(note, Cost(Decimal("0.00002"), PriceSource.TABLE)).endswith("that cost less than $0.0001 all the same")
    assert after(note, Cost(Decimal("0.012"), PriceSource.TABLE)).endswith("that cost about $0.0120 all the same")
    assert after(note, Cost(None, PriceSource.UNKNOWN)).endswith("that cost an unknown sum all the same")
