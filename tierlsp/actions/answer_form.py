"""The words that say in which form a model is to write an edit. `reading.py` reads just these forms."""

from __future__ import annotations

from tierlsp.actions.imports import can_add_imports
from tierlsp.actions.job import Job
from tierlsp.actions.reading import Form

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

A block may only have whole lines of {code}. Do not write the code that stays the same."""

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


def answer_form(job: Job, code: str = "the code that is to be fixed", *, may_import: bool = True) -> str:
    """Return the words that say in which form the edit is wanted; `code` is how the task calls the lines."""
    is_whole = job.form is Form.WHOLE
    form = _WHOLE.format(fence=job.fence) if is_whole else _BLOCKS.format(code=code)
    language = job.request.document.language
    if not (may_import and can_add_imports(language)):
        return form
    example = _EXAMPLES.get(language, 'import { name } from "module";')
    words = _IMPORTS.format(place="the fence" if is_whole else "the first block", example=example)
    return form + (words if is_whole else f"{words} If that is all, write END below it.")
