"""The files that are typed: real ones in several languages, found on the machine when the bench runs."""

from __future__ import annotations

import importlib.util
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.replay.material import Material, read_material

REPOSITORY = Path(__file__).parents[2]


class Source(NamedTuple):
    """A file and the language id that an editor gives it."""

    path: Path
    language: str


def sources() -> list[Source]:
    """Return the files that are there, those that every machine has first."""
    return [source for source in _wanted() if source.path.is_file()]


def materials(count: int, chars: int) -> list[Material]:
    """Return stretches of about `chars` of `count` files, of as many languages as there are."""
    found = sources()
    by_language: dict[str, list[Source]] = {}
    for source in found:
        by_language.setdefault(source.language, []).append(source)
    turns = max(len(of_language) for of_language in by_language.values())
    in_turn = [of_language[turn] for turn in range(turns) for of_language in by_language.values()
               if turn < len(of_language)]  # fmt: skip
    return [read_material(source.path, source.language, chars) for source in in_turn[:count]]


def _wanted() -> Iterator[Source]:
    library = Path(sysconfig.get_path("stdlib"))
    for name in ("argparse", "tarfile", "configparser", "zipfile", "http/client", "textwrap"):
        yield Source(library / f"{name}.py", "python")
    spec = importlib.util.find_spec("mypyc")
    for place in spec.submodule_search_locations or () if spec else ():
        for name in ("str_ops", "list_ops", "dict_ops"):
            yield Source(Path(place, "lib-rt", f"{name}.c"), "c")
    go = shutil.which("go")
    if go is not None:
        root = Path(go).resolve().parents[1] / "src"
        for name in ("net/http/cookie.go", "encoding/csv/reader.go", "strings/replace.go"):
            yield Source(root / name, "go")
    for path in sorted(REPOSITORY.glob("editors/*/*/**/*.ts")):
        yield Source(path, "typescript")
    # By name: a file more in the repository must not change what is typed.
    for name in ("builtin", "init", "config"):
        yield Source(REPOSITORY / "editors" / "nvim" / "lua" / "tierlsp" / f"{name}.lua", "lua")
