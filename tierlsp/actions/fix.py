"""Fix what other tools found in some code."""

from __future__ import annotations

from tierlsp.actions.fences import fenced
from tierlsp.actions.imports import can_add_imports
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.problems import problems_text, where
from tierlsp.actions.reading import Form

_RULES = """\
You fix problems in code.
Change as little as possible: only what the problems need. Keep names, signatures, comments and style as they are
unless a problem is about them. Never switch a check off to be rid of its message. Never leave code out: what you write
replaces what was there.
If there is nothing to fix, answer with one line: NOTHING: and the reason."""

_WHOLE = """\
Answer with the new text of all these lines in one fence that begins and ends with {fence}, complete, from the first
line to the last, with the same indentation. Write no other fence."""

_BLOCKS = """\
Answer with search and replace blocks, one for each place that changes, and a last line END:

<<<<<<< SEARCH
lines of the code above, copied exactly, enough of them to be found only once
=======
the lines that replace them
>>>>>>> REPLACE
END

A block may only have whole lines of the code that is to be fixed. Do not write the code that stays the same."""

_IMPORTS = """
If a name must be imported, write each import statement on a line of its own before {place}, like this:
ADD IMPORT: {example}
It is put where the file's imports are."""

_EXAMPLES = {
    "python": "from pathlib import Path",
    "rust": "use std::fmt;",
    "go": 'import "fmt"',
    "java": "import java.util.List;",
    "c": "#include <stdio.h>",
    "cpp": "#include <vector>",
    "csharp": "using System.Linq;",
}
"""An import statement of the language; for others, JavaScript's."""


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    request = job.request
    language = request.document.language
    code = fenced(job.lines, language, job.fence)
    if request.diagnostics:
        intro = f"Fix the problems in {where(job)}.\n\n{problems_text(job)}"
    else:
        intro = f"Find the mistakes in {where(job)} and fix them. Do not change what works."
    added = f"\n\nThe person adds: {request.instruction.strip()}" if request.instruction.strip() else ""
    return Wording(_RULES, f"{intro}{added}\n\nThe code to fix:\n{code}\n\n{answer_form(job)}")


def answer_form(job: Job) -> str:
    """Return the words that say in which form the edit is wanted."""
    is_whole = job.form is Form.WHOLE
    form = _WHOLE.format(fence=job.fence) if is_whole else _BLOCKS
    language = job.request.document.language
    if not can_add_imports(language):
        return form
    example = _EXAMPLES.get(language, 'import { name } from "module";')
    return form + _IMPORTS.format(place="the fence" if is_whole else "the first block", example=example)
