"""Change code in several files at once: a symbol with the files that use it, or a folder."""

from __future__ import annotations

from tierlsp.actions.fences import fence_for, fenced, shown_path
from tierlsp.actions.files_list import MOST_FILES, folder_of, named, symbol_of
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.workspace import Wanted
from tierlsp.privacy.outbound import Part
from tierlsp.routing.facts import Scope

LIST_TOKENS = 20_000
"""Of the files that are sent. A model keeps that in view; more is more than a person reads through afterwards."""

_RULES = """\
You change code in several files so that all of them fit together afterwards.
Change as little as possible: only what the task needs. Keep style, comments and behaviour as they are unless the task
is about them. Never leave code out: what you write replaces what was there.
If there is nothing to change, answer with one line: NOTHING: and the reason."""

_FORM = """\
Name each file that changes by its identifier, on a line of its own, and below it write search and replace blocks.
Behind the last file write a last line END:

FILE F1
<<<<<<< SEARCH
lines of that file, copied exactly, enough of them to be found only once
=======
the lines that replace them
>>>>>>> REPLACE
FILE F3
…
END

You may only name files of the list. A new file is written whole, in one fence, by its path below the project, and only
if the task needs one:

NEW FILE path/of/the/file{ending}
```
its text
```

Do not write files that stay the same."""


_MOST_RANGES = 20
"""Of changed lines that are named in a file."""

WORKSPACE_TOKENS = LIST_TOKENS
"""Of the files besides the one at hand."""


def wants(job: Job) -> Wanted:
    """Return what is wanted of the workspace."""
    if job.request.extent is not None:
        # The files are found already; what the project says of its code is wanted all the same.
        return Wanted()
    if job.request.scope is Scope.FILES:
        return Wanted(folder=folder_of(job.request), most_files=MOST_FILES)
    symbol = symbol_of(job.lines, job.request.document.language)
    return Wanted(words=(symbol,) if symbol else (), most_files=MOST_FILES)


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    request, target = job.request, job.target
    names = [f"F{number} `{shown_path(each.path, request.root)}`" for number, each in enumerate(job.files, 1)]
    ending = request.document.path.suffix if request.document.path is not None else ""
    symbol = symbol_of(job.lines, request.document.language)
    if request.extent is not None:
        what = f"It is about what was changed in the files of the list and is not committed yet: {_changed(job)}."
    elif request.scope is Scope.FILES:
        what = "It is about all files of the list."
    else:
        about = f"`{symbol}`" if symbol else "the code"
        what = f"It is about {about} in F1, lines {target.first + 1} to {target.end}, and about the files that use it."
    task = f"The task: {request.instruction.strip()}\n\n{what}\n\nThe files: {', '.join(names) or 'F1'}."
    return Wording(_RULES, f"{task}\n\n{answer_words(ending)}")


def _changed(job: Job) -> str:
    """Return which lines of the files were changed."""
    portions = {portion.document.uri: portion for portion in job.request.portions}
    told = []
    for name, document in named(job.files).items():
        changes = portions[document.uri].changes or ()
        ranges = [f"{each.first + 1}-{max(each.end, each.first + 1)}" for each in changes[:_MOST_RANGES]]
        more = ["and more"] if len(changes) > _MOST_RANGES else []
        told.append(f"{name} lines {', '.join([*ranges, *more])}")
    return "; ".join(told)


def answer_words(ending: str) -> str:
    """Return the words that say in which form the answer is wanted."""
    return _FORM.format(ending=ending or ".txt")


def file_parts(job: Job) -> list[Part]:
    """Return the files of the list, each as a part of its own."""
    parts = []
    for name, document in named(job.files).items():
        intro = f"FILE {name} `{shown_path(document.path, job.request.root)}`:"
        text = fenced(document.lines, document.language, fence_for(document.lines))
        parts.append(Part("user", f"{intro}\n{text}", document.path, is_stable=True))
    return parts
