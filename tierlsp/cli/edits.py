"""The changes of a run from a terminal: as a diff, or written into the files, all of them or none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tierlsp.errors import TierlspError

if TYPE_CHECKING:
    from tierlsp.actions.types import FileEdit, NewFile, RunResult


def edits_of(result: RunResult) -> tuple[FileEdit, ...]:
    """Return the edits of a result, be it of one file or of several."""
    return result.edits if result.edit is None else (result.edit, *result.edits)


def diff_of(result: RunResult) -> str | None:
    """Return the changes as a unified diff, as `git apply` takes it; `None` if there are none."""
    edits = edits_of(result)
    if not edits and not result.new_files:
        return None
    is_single = len(edits) + len(result.new_files) == 1
    paths = [path for each in edits if (path := each.document.path) is not None]
    paths += [each.path for each in result.new_files]
    top = None if is_single else _common(paths)
    pieces = [_diff(edit, _name(edit.document.path, top)) for edit in edits]
    return "".join(pieces) + "".join(_diff_of_new(new, _name(new.path, top)) for new in result.new_files)


def write(result: RunResult) -> None:
    """Write the changes into their files. What can be looked at before is looked at before the first is written.

    Raises:
        TierlspError: a file was changed meanwhile, is there already, or cannot be written.
    """
    from tierlsp.actions.edits import apply_edit
    from tierlsp.cli.files import read_text

    texts: list[tuple[Path, str]] = []
    for edit in edits_of(result):
        path = edit.document.path
        assert path is not None, "a command works on files"
        if tuple(read_text(path).lines) != edit.document.lines:
            raise TierlspError(f"{path.name} was changed meanwhile, so nothing was written; run it again")
        texts.append((path, edit.document.line_end.join(apply_edit(edit))))
    for new in result.new_files:
        if new.path.exists() or new.path.is_symlink():
            raise TierlspError(f"{new.path.name} has been made meanwhile, so nothing was written; run it again")
        texts.append((new.path, new.text))
    temporaries: list[tuple[Path, Path]] = []
    try:
        for path, text in texts:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.tierlsp")
            temporaries.append((temporary, path))
            temporary.write_bytes(text.encode("utf-8"))
            if path.exists():
                temporary.chmod(path.stat().st_mode & 0o7777)
        for temporary, path in temporaries:
            temporary.replace(path)
    except OSError as error:
        for temporary, _ in temporaries:
            temporary.unlink(missing_ok=True)
        raise TierlspError(f"{error.filename or 'a file'} cannot be written: {error.strerror}") from error


def _common(paths: list[Path]) -> Path | None:
    """Return the directory that all of `paths` are in."""
    parents = [set(path.parents) for path in paths]
    shared = set.intersection(*parents) if parents else set()
    return max(shared, key=lambda path: len(path.parts), default=None)


def _name(path: Path | None, top: Path | None) -> str:
    if path is None:
        return "document"
    return path.name if top is None else path.relative_to(top).as_posix()


def _diff(edit: FileEdit, name: str) -> str:
    from tierlsp.actions.edits import apply_edit

    before, after = _with_ends(edit.document.lines), _with_ends(apply_edit(edit))
    return _marked(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"))


def _diff_of_new(new: NewFile, name: str) -> str:
    from tierlsp.text.lines import split_lines

    after = _with_ends(tuple(split_lines(new.text)[0]))
    return _marked(difflib.unified_diff([], after, "/dev/null", f"b/{name}"))


def _marked(lines: Iterable[str]) -> str:
    pieces = []
    for line in lines:
        pieces.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(pieces)


def _with_ends(lines: tuple[str, ...]) -> list[str]:
    text = [f"{line}\n" for line in lines[:-1]]
    return [*text, lines[-1]] if lines and lines[-1] else text
