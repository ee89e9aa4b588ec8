"""Answers to a review: what is believed of them, and what is not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.actions.runs import FakeClearance, document_of
from tierlsp.actions.findings import MESSAGE_CHARS, MOST_FINDINGS, Read, is_said, read_findings
from tierlsp.actions.hidden import hidden_in
from tierlsp.actions.types import Category, Diagnostic, Place, Severity, Span
from tierlsp.actions.units import Unit, units_of

TEXT = """\
import os


def remove(path):
    os.system("rm -rf " + path)
    return 1


def keep(path):
    return 1
"""

GOOD = {
    "severity": "error",
    "category": "security",
    "confidence": 90,
    "file": "area.py",
    "line": 5,
    "evidence": '    os.system("rm -rf " + path)',
    "message": "a path with a blank or a semicolon runs another command",
    "cwe": 78,
    "fix": "    shutil.rmtree(path)",
}


def read(reply: str, text: str = TEXT, clearance: FakeClearance | None = None) -> Read:
    document = document_of(text)
    units = list(units_of(document, 0, len(document.lines)))
    scrub = (clearance or FakeClearance()).scrub
    return read_findings(reply, units, lambda each: "area.py", scrub=scrub)


def line(**changes: object) -> str:
    return json.dumps(GOOD | changes)


@pytest.mark.parametrize(
    "reply",
    [
        f"{line()}\nEND",
        f"Here is what I found:\n\n{line()}\n\nThat is all.\nEND",
        f"```json\n{line()}\n```\nEND",
        f"[{line()}]",
        f"```json\n[\n  {line()}\n]\n```",
        json.dumps({"findings": [GOOD]}) + "\nEND",
        json.dumps(GOOD, indent=2) + "\nEND",
        f"[{line()}, {line()}]",
        f"{line()} {line()}\nEND",
        f'{{"broken": \n{line()}\nEND',
        line() + "\n\n```\nEND\n```",
    ],
    ids=range(11),
)
def test_a_finding_is_read_in_every_form_that_models_use(reply: str) -> None:
    found = read(reply)
    assert found.is_whole
    [placed] = found.placed
    finding = placed.finding
    assert (finding.severity, finding.category, finding.confidence) == (Severity.ERROR, Category.SECURITY, 90)
    assert finding.span == Span(Place(4, 4), Place(4, 31))
    assert finding.cwe == 78
    assert finding.fix is not None and finding.fix.text == "    shutil.rmtree(path)"


@pytest.mark.parametrize("reply", ["END", "Nothing to report.\nEND", "```\nEND\n```", "[]", "```json\n[]\n```"])
def test_no_finding_is_an_answer_too(reply: str) -> None:
    assert read(reply) == Read(())


@pytest.mark.parametrize("reply", ["", "I cannot help with that.", "The code looks fine.", "{" * 5_000, "[" * 100_000])
def test_what_is_no_answer_is_told_as_none(reply: str) -> None:
    found = read(reply)
    assert not found.is_readable
    assert not found.placed


def test_an_answer_without_an_end_may_lack_something() -> None:
    assert not read(line()).is_whole
    assert len(read(line() + "\n" + line(message="another")[:40]).placed) == 1


@pytest.mark.parametrize(
    "evidence",
    [
        'os.system("rm -fr " + path)',
        "return 2",
        "",
        "   ",
        "1",
        [],
        [3],
        None,
        7,
        "def remove(path):\n    return 1",
        "x\n" * 50,
    ],
)
def test_without_evidence_in_the_code_a_finding_is_dropped_and_counted(evidence: object) -> None:
    found = read(f"{line(evidence=evidence)}\nEND")
    assert not found.placed
    assert len(found.dropped) == 1


@pytest.mark.parametrize(
    ("evidence", "first", "last"),
    [
        ('os.system("rm -rf " + path)', 4, 4),
        ('"rm -rf " + path', 4, 4),
        ('def remove(path):\n    os.system("rm -rf " + path)', 3, 4),
        (["def remove(path):", 'os.system("rm -rf " + path)', "return 1"], 3, 5),
        ("remove(path):\n  os.system(", 3, 4),
    ],
)
def test_evidence_may_be_indented_otherwise_or_begin_within_a_line(evidence: object, first: int, last: int) -> None:
    [placed] = read(f"{line(evidence=evidence)}\nEND").placed
    assert (placed.finding.span.start.line, placed.finding.span.end.line) == (first, last)


def test_of_several_places_the_one_near_the_line_that_the_model_names_is_taken() -> None:
    for number, expected in ((6, 5), (11, 9), (10_000, 9), (-3, 5), (True, 5), ("6", 5)):
        [placed] = read(line(evidence="return 1", line=number) + "\nEND").placed
        assert placed.finding.span.start.line == expected


@pytest.mark.parametrize(
    ("said", "is_kept"),
    [
        (90, True),
        (0.9, True),
        (10, False),
        (0.1, False),
        (10**400, True),
        (-5, False),
        (True, True),
        ("sure", True),
        (None, True),
    ],
)
def test_what_the_model_is_not_sure_of_is_left_out(said: object, is_kept: bool) -> None:
    found = read(f"{line(confidence=said)}\nEND")
    assert bool(found.placed) is is_kept
    assert all(0 <= placed.finding.confidence <= 100 for placed in found.placed)


def test_unknown_words_become_the_usual_ones() -> None:
    [placed] = read(f"{line(severity='apocalyptic', category='vibes', cwe='CWE-89')}\nEND").placed
    finding = placed.finding
    assert (finding.severity, finding.category, finding.cwe) == (Severity.WARNING, Category.BUG, 89)
    [placed] = read(f"{line(severity='HIGH', cwe=-1)}\nEND").placed
    assert (placed.finding.severity, placed.finding.cwe) == (Severity.ERROR, None)


def test_the_same_remark_twice_is_one_and_the_worse_word_counts() -> None:
    [placed] = read(f"{line(severity='hint', confidence=99)}\n{line(confidence=60)}\nEND").placed
    assert (placed.finding.severity, placed.finding.confidence) == (Severity.ERROR, 99)


def test_there_is_an_end_to_what_one_answer_may_say() -> None:
    text = "".join(f"value_{number} = {number}\n" for number in range(100))
    reply = "\n".join(line(evidence=f"value_{number} = {number}") for number in range(100)) + "\nEND"
    found = read(reply, text)
    assert len(found.placed) == MOST_FINDINGS
    assert len(found.dropped) == 100 - MOST_FINDINGS


def test_nothing_hidden_nor_long_is_in_a_message() -> None:
    message = "bad\u202e\u200b\u200d thing\x1b[31m\n# heading " + "word " * 500
    [placed] = read(f"{line(message=message)}\nEND").placed
    said = placed.finding.message
    assert "\n" not in said
    assert not hidden_in(said)
    assert len(said) <= MESSAGE_CHARS + 2


@pytest.mark.parametrize(
    "fix",
    ["", "\n", '    os.system("rm -rf " + path)', "x\u202ey", "HiddenSecretx1y2", "x\n" * 100, 3, None],
)
def test_a_fix_that_is_none_or_hides_something_is_not_kept(fix: object) -> None:
    [placed] = read(f"{line(fix=fix)}\nEND").placed
    assert placed.finding.fix is None


def test_a_fix_stands_where_the_code_stood() -> None:
    [placed] = read(f"{line(fix='shutil.rmtree(path)')}\nEND").placed
    assert placed.finding.fix is not None
    assert placed.finding.fix.text == "    shutil.rmtree(path)"


def test_evidence_with_a_secret_is_found_by_its_placeholder_and_never_shown() -> None:
    clearance = FakeClearance()
    text = f'TOKEN = "{clearance.secret}"\n'
    quoted = line(evidence=f'TOKEN = "{clearance.word}"', fix="TOKEN = None")
    [placed] = read(f"{quoted}\nEND", text, clearance).placed
    assert placed.finding.evidence == ('TOKEN = "[secret]"',)
    assert placed.finding.fix is None


def test_hidden_characters_of_the_code_are_named_in_the_evidence() -> None:
    [placed] = read(line(evidence="x = 1\u202e2") + "\nEND", "x = 1\u202e2\n").placed
    assert placed.finding.evidence == ("x = 1[U+202E]2",)


def test_what_a_linter_said_is_known_again() -> None:
    [placed] = read(f"{line(message='undefined name shutil is used')}\nEND").placed
    document = document_of(TEXT)
    same = Diagnostic(placed.finding.span, "undefined name 'shutil'", source="pyflakes")
    assert is_said(placed.finding, [same], document)
    elsewhere = replace(same, span=Span(Place(9, 0), Place(9, 3)))
    assert not is_said(placed.finding, [elsewhere], document)
    assert not is_said(placed.finding, [replace(same, message="line too long")], document)


@given(st.text(alphabet=st.sampled_from('{}[]",:\\ \nabEND`019.-'), max_size=300))
def test_no_answer_breaks_the_reader(reply: str) -> None:
    assert read(reply).placed == ()


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)
    )
)
def test_no_value_breaks_the_reader(value: object) -> None:
    for name in GOOD:
        for placed in read(f"{line(**{name: value})}\nEND").placed:
            assert placed.unit.first <= placed.finding.span.start.line < placed.unit.end


def test_a_fingerprint_stays_when_the_code_moves_and_goes_when_it_changes() -> None:
    [placed] = read(f"{line()}\nEND").placed
    [moved] = read(f"{line()}\nEND", "# new\n\n" + TEXT).placed
    assert moved.finding.fingerprint == placed.finding.fingerprint
    [other] = read(f"{line(evidence='return 1', line=6)}\nEND").placed
    [twin] = read(f"{line(evidence='return 1', line=10)}\nEND").placed
    assert other.finding.fingerprint != twin.finding.fingerprint


def test_pieces_are_functions_and_what_stands_between() -> None:
    document = document_of(TEXT)
    assert [(unit.first, unit.end) for unit in units_of(document, 0, len(document.lines))] == [(0, 1), (3, 6), (8, 10)]


@given(
    st.lists(
        st.sampled_from(["", "def a():", "    def b(self):", "    x = 1", "class C:", "@deco", "y = 2"]), max_size=60
    )
)
def test_the_pieces_hold_every_line_with_text_once(lines: list[str]) -> None:
    document = replace(document_of(""), lines=tuple(lines) or ("",))
    units: list[Unit] = list(units_of(document, 0, len(document.lines)))
    held = [number for unit in units for number in range(unit.first, unit.end)]
    assert held == sorted(set(held))
    assert {number for number, text in enumerate(document.lines) if text.strip()} <= set(held)
