"""The command line names languages as editors do."""

from __future__ import annotations

import pytest

from tierlsp.text.language_ids import LANGUAGE_IDS, language_id_of
from tierlsp.text.languages import UNKNOWN, language_of


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("locks.py", "python"),
        ("LOCKS.PY", "python"),
        ("a.b.tsx", "typescriptreact"),
        ("main.rs", "rust"),
        ("run.sh", "shellscript"),
        ("x.h", "c"),
        ("x.hpp", "cpp"),
        ("c.c", "c"),
        ("r.r", "r"),
        ("Makefile", "makefile"),
        ("notes", "plaintext"),
        ("notes.unheard", "plaintext"),
        (".bashrc", "plaintext"),
    ],
)
def test_language_id_of(name: str, language: str) -> None:
    assert language_id_of(name) == language


def test_the_usual_languages_are_known_to_the_engine() -> None:
    usual = ("py", "js", "ts", "tsx", "rs", "go", "java", "c", "cpp", "cs", "rb", "php", "sh", "html", "lua", "kt")
    assert [extension for extension in usual if language_of(LANGUAGE_IDS[extension]) is UNKNOWN] == []
