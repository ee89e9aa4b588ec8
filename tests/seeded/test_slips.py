"""The check of syntax finds what the parsers find, also where a grammar hides what is missing."""

from __future__ import annotations

import pytest

from tests.seeded.corpus import LANGUAGES, cases
from tests.seeded.parsers import parses
from tests.seeded.slips import slips
from tierlsp.actions.syntax import Region, check_syntax

SLIPS = 20
"""In each source: 200 for a language, of which a third can still be parsed."""

AROUND = 4
"""Lines around a slip that count as those that were written."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_slip_that_the_parser_finds_passes_and_no_other_is_refused(language: str) -> None:
    found = 0
    for case in cases():
        if case.language != language:
            continue
        good = case.source("mended")
        for slip in slips(case, SLIPS):
            is_fine = parses(slip.lines, language)
            found += not is_fine
            near = range(max(0, slip.line - AROUND), min(len(good), slip.line + AROUND))
            for region in (Region(0, len(good), len(good)), Region(near.start, near.stop, near.stop)):
                verdict = check_syntax(good, slip.lines, region, language)
                assert verdict.passed is is_fine, f"{case.name}, line {slip.line + 1}: {verdict.text}"
    assert found > SLIPS
