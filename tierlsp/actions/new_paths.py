"""Where a new file may go that a model names: inside of the workspace, in plain sight, and where nothing is.

Names are compared as file systems may compare them: `NFC`, without case. No link is followed.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from tierlsp.actions.protected import why_protected
from tierlsp.errors import TierlspError

MOST_PARTS = 16
"""Directories deep; source trees reach ten."""

MOST_NAME_CHARS = 100

_NAME = re.compile(r"[^\W][\w.+()\[\]@$-]*\Z")
"""A name begins with a letter, a digit or `_`: hidden files are not made, and no option of a program is.
No blanks: a name that ends in one cannot be told from one that does not."""

_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\..*)?\Z", re.IGNORECASE)
"""Names that Windows takes for devices, with whatever ending."""


class PathError(TierlspError):
    """A path at which no file may be made; the sentence says why."""


def new_path(
    name: str, root: Path, *, endings: Sequence[str], own: Sequence[Path], is_excluded: Callable[[Path], bool]
) -> Path:
    """Return where the new file called `name`, below `root` and with slashes, goes. Looks at the disk.

    Args:
        name: as the model wrote it.
        root: the workspace.
        endings: those that a new file may have, as `.py`.
        own: what belongs to this program.
        is_excluded: whether a path is kept from models.

    Raises:
        PathError: no file may be made there.
    """
    parts = _parts(name)
    if Path(parts[-1]).suffix not in endings or not Path(parts[-1]).suffix:
        raise PathError(f"the answer makes {_shown(name)}, and only files like those in the list may be made")
    top = Path(os.path.realpath(root))
    here = top
    for number, part in enumerate(parts):
        here = _step(here, part, name, is_last=number == len(parts) - 1)
    path = root.joinpath(*parts)
    if not Path(os.path.realpath(path)).is_relative_to(top):
        raise PathError(f"the answer makes {_shown(name)}, which would be outside of the workspace")
    refusal = why_protected(path, own)
    if refusal or is_excluded(path):
        raise PathError(f"the answer makes {_shown(name)}: {refusal or 'it is kept from models by `privacy.exclude`'}")
    return path


def folded(name: str) -> str:
    """Return `name` in the form in which names that a file system may take for the same are equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _parts(name: str) -> list[str]:
    """Return the names in a path.

    Raises:
        PathError: one of them is no name that can be trusted.
    """
    parts = name.split("/")
    if not name or name.startswith("/") or len(parts) > MOST_PARTS:
        raise PathError(f"the answer makes {_shown(name)}, which is no path below the workspace")
    for part in parts:
        is_plain = _NAME.match(part) is not None and part == part.strip() and not part.endswith(".")
        if not is_plain or len(part) > MOST_NAME_CHARS or _DEVICES.match(part):
            raise PathError(f"the answer makes {_shown(name)}, and “{_shown(part)}” is no plain name")
        if unicodedata.normalize("NFC", part) != part or any(unicodedata.category(char)[0] == "C" for char in part):
            raise PathError(f"the answer makes {_shown(name)}, and “{_shown(part)}” is not written in the usual way")
    return parts


def _step(directory: Path, part: str, name: str, *, is_last: bool) -> Path:
    """Return `part` in `directory`, which may not be there.

    Raises:
        PathError: it is a link, another name stands for the same, or something is there.
    """
    path = directory / part
    for entry in _entries(directory):
        if entry != part and folded(entry) == folded(part):
            raise PathError(f"the answer makes {_shown(name)}, where {_shown(entry)} is already")
    if path.is_symlink():
        raise PathError(f"the answer makes {_shown(name)}, and {_shown(part)} is a link")
    if is_last and path.exists():
        raise PathError(f"the answer makes {_shown(name)}, which is there already")
    if not is_last and path.exists() and not path.is_dir():
        raise PathError(f"the answer makes {_shown(name)}, and {_shown(part)} is no directory")
    return path


def _entries(directory: Path) -> list[str]:
    try:
        return [entry.name for entry in directory.iterdir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise PathError(f"a directory of a new file cannot be looked at: {error.strerror}") from error


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)[:80]
