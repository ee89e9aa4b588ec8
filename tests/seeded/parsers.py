"""Whether a source can be parsed, asked of the parsers themselves and of nothing of ours.

Python by its own parser, the others by their tree-sitter grammar. `compiler_mistake` asks the language's own program,
where there is one on the path.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import tree_sitter
import tree_sitter_go
import tree_sitter_javascript
import tree_sitter_rust

_GRAMMARS: Mapping[str, Callable[[], object]] = {
    "go": tree_sitter_go.language,
    "javascript": tree_sitter_javascript.language,
    "rust": tree_sitter_rust.language,
}

_PROGRAMS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "go": ("x.go", ("gofmt", "-e")),
    "javascript": ("x.mjs", ("node", "--check")),
    "rust": ("x.rs", ("rustfmt", "--check", "--edition", "2021", "--config", "max_width=200")),
}
"""What reads a file of the language, and how the file must be called."""


def parses(lines: Sequence[str], language: str) -> bool:
    """Whether a whole file can be parsed."""
    text = "\n".join((*lines, ""))
    if language == "python":
        try:
            ast.parse(text)
        except SyntaxError:
            return False
        return True
    return not _parser(language).parse(text.encode()).root_node.has_error


def compiler_reads(lines: Sequence[str], language: str) -> bool | None:
    """Whether the language's own program can parse a whole file; `None` where it is not installed."""
    if language == "python":
        return parses(lines, language)
    name, command = _PROGRAMS[language]
    if shutil.which(command[0]) is None:
        return None
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = subprocess.run([*command, file], capture_output=True, text=True, timeout=60)
    # rustfmt also ends with 1 where it would write the text in another way; only what it cannot read is an error.
    return "error" not in done.stderr if language == "rust" else done.returncode == 0


@cache
def _parser(language: str) -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(_GRAMMARS[language]()))
