"""Settings given one at a time, as text: environment variables and `--set key=value`.

Variables are named `TIERLSP_<SECTION>_<KEY>`; besides, Ollama's own `OLLAMA_HOST` says where Ollama is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from tierlsp.settings.addresses import ollama_url
from tierlsp.settings.key import environment_name
from tierlsp.settings.keys import KEYS, NAMED_SECTIONS, POINTS, SECTIONS, key_at
from tierlsp.settings.layers import Layer, Origin, Problem
from tierlsp.settings.presets import found_keys
from tierlsp.settings.wording import clean, shown

OLLAMA_VARIABLE = "OLLAMA_HOST"

_OLLAMA_PATH = "backends.ollama.baseUrl"

_SECTION_PREFIXES = tuple(f"TIERLSP_{section.upper()}_" for section in SECTIONS)
"""What a variable begins with that is meant as a setting. Others with `TIERLSP_` are not ours to judge."""


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """Return what `environ` says. An empty variable counts as absent: many shells know no other way."""
    tree: dict[str, Any] = {}
    spellings: dict[str, str] = {}
    problems: list[Problem] = []
    host = environ.get(OLLAMA_VARIABLE, "").strip()
    if host:
        _put(tree, _OLLAMA_PATH, ollama_url(host))
        spellings[_OLLAMA_PATH] = OLLAMA_VARIABLE
    for variable in sorted(environ):
        if not variable.startswith(_SECTION_PREFIXES) or not environ[variable]:
            continue
        path = _path_of(variable)
        if path is None:
            problems.append(_unknown(variable))
            continue
        _put(tree, path, environ[variable])
        spellings[path] = variable
    return Layer(
        Origin.ENVIRONMENT, tree, spellings=spellings, problems=tuple(problems), found_keys=found_keys(environ)
    )


def command_line_layer(sets: Sequence[str]) -> Layer:
    """Return what each `key=value` says; of two for the same key the later counts."""
    tree: dict[str, Any] = {}
    problems: list[Problem] = []
    source, phrase = Origin.COMMAND_LINE.value, Origin.COMMAND_LINE.phrase
    for assignment in sets:
        path, separator, text = assignment.partition("=")
        path = path.strip()
        if separator and "." in path and all(path.split(".")):
            _put(tree, path, text)
            continue
        message = f"{shown(assignment)} from {phrase} is not of the form section.key=value and is ignored."
        problems.append(Problem(clean(path), message, source))
    return Layer(Origin.COMMAND_LINE, tree, problems=tuple(problems))


def _path_of(variable: str) -> str | None:
    """Return the setting that `variable` is for, or `None`.

    A backend's name is taken in lower case, since variables are written in upper case.
    """
    for path in (key.path for key in KEYS if key.has_variable):
        before, star, after = environment_name(path).partition("*")
        if not star and variable == before:
            return path
        if star and variable.startswith(before) and variable.endswith(after):
            name = variable[len(before) : len(variable) - len(after)].lower()
            return path.replace("*", name) if name else None
    return None


def _put(tree: dict[str, Any], path: str, text: str) -> None:
    """Put what `text` stands for at `path` into `tree`. The name of a backend or a model may have dots."""
    key = key_at(path)
    section, _, rest = path.partition(".")
    has_table = section in NAMED_SECTIONS or path.startswith(f"{POINTS}.")
    table, _, name = rest.rpartition(".") if has_table else ("", "", rest)
    place = tree.setdefault(section, {})
    if table:
        if not isinstance(place.get(table), dict):
            place[table] = {}
        place = place[table]
    place[name] = text if key is None else key.kind.from_text(text)


def _unknown(variable: str) -> Problem:
    """Return the problem of a variable that is no setting."""
    known = [environment_name(key.path) for key in KEYS if key.has_variable]
    close = get_close_matches(variable[:100], known, n=1, cutoff=0.8)
    guess = f" (did you mean {close[0]}?)" if close else ""
    name = clean(variable)
    message = f"{name} from {Origin.ENVIRONMENT.phrase} is not a setting{guess} and is ignored."
    return Problem(name, message, Origin.ENVIRONMENT.value)
