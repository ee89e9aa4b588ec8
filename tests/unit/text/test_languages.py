"""The table of languages is consistent, and an unknown id is served."""

from __future__ import annotations

import pytest

from tierlsp.text.language import Blocks, Language
from tierlsp.text.languages import LANGUAGES, UNKNOWN, language_of

MIN_LANGUAGES = 25


def test_there_are_enough_languages() -> None:
    assert len(LANGUAGES) >= MIN_LANGUAGES


@pytest.mark.parametrize("language_id", ["", "no-such-language", "Python", "\x00"])
def test_an_unknown_id_gets_what_holds_for_most(language_id: str) -> None:
    assert language_of(language_id) is UNKNOWN


@pytest.mark.parametrize(
    ("language_id", "name"),
    [
        ("typescriptreact", "javascriptreact"),
        ("sh", "shellscript"),
        ("jsonc", "json"),
        ("vue", "html"),
        ("rst", "plaintext"),
    ],
)
def test_other_names_of_a_language_lead_to_it(language_id: str, name: str) -> None:
    assert language_of(language_id).name == name


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda language: language.name)
def test_the_facts_agree_with_each_other(language: Language) -> None:
    assert language_of(language.name) is language
    # The scanner takes one character for a quote, and cannot tell a character's quote from a string's.
    assert not (language.has_char_literals and "'" in language.quotes)
    # What ends a block cannot carry it on.
    assert not language.ends & language.continuations
    if language.is_prose:
        assert not language.has_code_brackets
    if language.blocks in (Blocks.WORDS, Blocks.INDENT, Blocks.TAGS):
        assert language.opener is not None
