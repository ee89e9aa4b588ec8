"""What is remembered of reviews: private, bounded, and believed only if nobody else could have written it."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.actions.runs import document_of
from tierlsp.actions import finding_memory
from tierlsp.actions.finding_memory import FindingMemory, family_of, key_of, open_finding_memory, recalled, stored
from tierlsp.actions.types import Category, Finding, Place, Severity, Span, TextEdit
from tierlsp.actions.units import Unit
from tierlsp.routing.facts import Kind

DOCUMENT = document_of("import os\n\ndef a():\n    return os.x\n")
UNIT = Unit(DOCUMENT, 2, 4)
FINDING = Finding(
    Span(Place(3, 4), Place(3, 15)), "no such name", Severity.ERROR, Category.BUG, 70, ("    return os.x",), "f", 1,
    TextEdit(Span(Place(3, 0), Place(3, 15)), "    return os.y"),
)  # fmt: skip


@pytest.fixture
def memory(tmp_path: Path) -> FindingMemory:
    return FindingMemory(tmp_path / "cache" / "found.json", tmp_path / "state" / "dismissed.json")


def test_what_was_found_comes_back_where_the_code_is_now(memory: FindingMemory) -> None:
    memory.keep({"k": [stored(FINDING, UNIT)]})
    [value] = memory.load().units["k"]
    moved = Unit(document_of("# a\n# b\n" + "\n".join(DOCUMENT.lines)), 4, 6)
    again = recalled(value, moved)
    assert again is not None
    assert (again.span.start.line, again.message, again.cwe) == (5, "no such name", 1)
    assert again.fix is not None and again.fix.span.start.line == 5
    here = recalled(value, UNIT)
    assert here is not None and here.fingerprint == again.fingerprint


def test_only_the_user_can_read_it(memory: FindingMemory, tmp_path: Path) -> None:
    memory.keep({"k": []})
    memory.dismiss("f")
    for path in tmp_path.rglob("*.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_others_could_have_written_counts_for_nothing(memory: FindingMemory, tmp_path: Path) -> None:
    memory.dismiss("f")
    path = tmp_path / "state" / "dismissed.json"
    path.chmod(0o622)
    assert memory.load().dismissed == frozenset()


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 10_000, '{"version": 2, "entries": {"f": 1}}', "null"])
def test_a_damaged_file_is_empty_and_is_mended_by_the_next_word(
    memory: FindingMemory, text: str, tmp_path: Path
) -> None:
    memory.dismiss("f")
    (tmp_path / "state" / "dismissed.json").write_text(text)
    assert memory.load().dismissed == frozenset()
    memory.dismiss("g")
    assert memory.load().dismissed == {"g"}


def test_the_oldest_go_first(memory: FindingMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding_memory, "MOST_UNITS", 3)
    for number in range(5):
        memory.keep({f"k{number}": []})
    memory.keep({"k2": []})
    memory.keep({"k9": []})
    assert list(memory.load().units) == ["k4", "k2", "k9"]


def test_two_editors_lose_nothing_of_each_other(tmp_path: Path) -> None:
    one = FindingMemory(tmp_path / "a.json", tmp_path / "b.json")
    other = FindingMemory(tmp_path / "a.json", tmp_path / "b.json")
    one.load(), other.load()
    one.dismiss("x")
    other.dismiss("y")
    assert one.load().dismissed == {"x", "y"}


def test_without_a_home_nothing_is_kept_and_nothing_fails() -> None:
    memory = FindingMemory(None, None)
    memory.keep({"k": []})
    memory.dismiss("f")
    assert memory.load().units == {}


def test_a_workspace_is_known_by_its_real_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    open_finding_memory(tmp_path / "link").dismiss("f")
    assert open_finding_memory(tmp_path / "real").load().dismissed == {"f"}
    assert open_finding_memory(tmp_path).load().dismissed == frozenset()
    assert str(tmp_path / "real") not in "".join(map(str, (tmp_path / "state").rglob("*")))


def test_a_dismissal_can_be_taken_back_and_others_stay(memory: FindingMemory) -> None:
    for fingerprint in ("a", "b", "c"):
        memory.dismiss(fingerprint)
    assert memory.restore("b")
    assert memory.load().dismissed == {"a", "c"}
    assert not memory.restore("b")
    assert not memory.restore("")
    assert not FindingMemory(None, None).restore("a")


def test_the_file_holds_no_source_but_the_evidence(memory: FindingMemory, tmp_path: Path) -> None:
    memory.keep({key_of(UNIT, Kind.REVIEW, "a/b", ""): [stored(FINDING, UNIT)]})
    text = (tmp_path / "cache" / "found.json").read_text()
    assert "return os.x" in text
    assert "import os" not in text
    assert "def a" not in text


def test_a_write_that_fails_is_no_failure(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        (tmp_path / "file").write_text("")
        memory = FindingMemory(tmp_path / "file" / "a.json", None)
    else:
        (tmp_path / "shut").mkdir(mode=0o500)
        memory = FindingMemory(tmp_path / "shut" / "a.json", None)
    memory.keep({"k": []})
    assert memory.load().units == {}


@given(
    st.dictionaries(
        st.sampled_from(["at", "lines", "message", "severity", "category", "confidence", "evidence", "cwe", "fix"]),
        st.none() | st.integers() | st.text(max_size=3) | st.lists(st.text(max_size=2), max_size=2),
    )
)
def test_whatever_the_file_says_a_finding_is_within_its_piece(changes: dict) -> None:
    value = json.loads(json.dumps(stored(FINDING, UNIT) | changes))
    again = recalled(value, UNIT)
    if again is not None:
        assert UNIT.first <= again.span.start.line <= again.span.end.line < UNIT.end


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("anthropic/claude-opus-4-20250514", "claude-opus-4"),
        ("openrouter/anthropic/claude-opus-4", "claude-opus-4"),
        ("openai/gpt-5.2-2025-12-11", "gpt-5.2"),
        ("gemini/gemini-3-pro-preview", "gemini-3-pro"),
        ("mistral/devstral-latest", "devstral"),
        ("ollama/qwen2.5-coder:7b", "qwen2.5-coder:7b"),
    ],
)
def test_a_family_is_a_model_without_its_date_and_its_seller(model: str, family: str) -> None:
    assert family_of(model) == family


def test_kind_words_and_family_make_another_key() -> None:
    keys = {
        key_of(UNIT, Kind.REVIEW, "a/b", ""), key_of(UNIT, Kind.AUDIT, "a/b", ""), key_of(UNIT, Kind.REVIEW, "a/c", ""),
        key_of(UNIT, Kind.REVIEW, "a/b", "look at os"), key_of(Unit(DOCUMENT, 2, 3), Kind.REVIEW, "a/b", ""),
        key_of(Unit(DOCUMENT, 2, 4, (3,)), Kind.REVIEW, "a/b", ""),
        key_of(Unit(DOCUMENT, 2, 4, (), ("x",)), Kind.REVIEW, "a/b", ""),
    }  # fmt: skip
    assert len(keys) == 7
