"""The seeded bugs are what they say: 40, ten in each language, that can be told apart by a parser."""

from __future__ import annotations

import pytest

from tests.seeded.corpus import LANGUAGES, Case, cases
from tests.seeded.parsers import compiler_reads, parses


def named(case: Case) -> str:
    return case.name


def test_there_are_ten_bugs_of_many_kinds_in_each_language() -> None:
    assert {language: sum(case.language == language for case in cases()) for language in LANGUAGES} == dict.fromkeys(
        LANGUAGES, 10
    )
    assert len({case.bug for case in cases()}) >= 12
    assert {case.difficulty for case in cases()} == {1, 2, 3}
    assert len({case.path for case in cases()}) == 40


@pytest.mark.parametrize("case", cases(), ids=named)
def test_a_mend_parses_and_a_broken_one_does_not(case: Case) -> None:
    assert 15 <= len(case.buggy) <= 60
    assert parses(case.source("buggy"), case.language) is not ("missing br" in case.bug)
    assert parses(case.source("mended"), case.language)
    assert case.has("useless") and parses(case.source("useless"), case.language)
    assert not case.has("broken") or not parses(case.source("broken"), case.language)
    assert len({case.source(version) for version in ("buggy", "mended", "useless", "broken")}) >= 3
    assert case.buggy[case.line][slice(*case.columns)]


@pytest.mark.parametrize("case", cases(), ids=named)
def test_the_languages_own_program_agrees(case: Case) -> None:
    if compiler_reads(case.source("mended"), case.language) is None:
        pytest.skip(f"no program of {case.language} is installed")
    assert compiler_reads(case.source("mended"), case.language)
    assert compiler_reads(case.source("useless"), case.language)
    assert not case.has("broken") or not compiler_reads(case.source("broken"), case.language)
