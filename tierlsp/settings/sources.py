"""The layers as their sources give them: files, environment, editor, command line.

Reading never raises: what is wrong with a source is a `Problem` of its layer.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tierlsp.errors import SettingsError
from tierlsp.settings.assignments import command_line_layer, environment_layer
from tierlsp.settings.layers import Layer, Origin, Problem
from tierlsp.settings.paths import CONFIG_VARIABLE, default_config_file
from tierlsp.settings.wording import clean, shown

PROJECT_FILE = ".tierlsp.toml"

MAX_FILE_BYTES = 256 * 1024
"""The largest settings file that is read, a hundred times the usual."""

MAX_DOTS_IN_LINE = 200
"""The most dots in one line of a settings file.

`tomllib` takes time squared for `a.a.a.a… = 1`: measured, 112 s for one line of 120 kB. With this limit the
worst file of `MAX_FILE_BYTES` takes less than half a second, and a list of patterns that is longer can have
more lines.
"""

_CLIENTS_OWN = frozenset({"trace"})
"""Keys of the section that are not ours: VS Code's client reads `tierlsp.trace.server` and sends it too."""


def user_layers(environ: Mapping[str, str], config_file: Path | None, sets: Sequence[str]) -> list[Layer]:
    """Return what the person says outside the editor.

    Args:
        environ: The environment, usually `os.environ`.
        config_file: The file named on the command line, which must exist; `None` for the usual one, which
            need not.
        sets: Each `key=value` from the command line.
    """
    layers = [_file_layer(environ, config_file), environment_layer(environ)]
    if sets:
        layers.append(command_line_layer(sets))
    return layers


def project_layer(root: Path) -> Layer | None:
    """Return what the file `.tierlsp.toml` in `root` says, or `None` if there is none.

    It must be a file of the project itself: one that leads out of `root` could be any file of the person.
    """
    path = root / PROJECT_FILE
    try:
        if not os.path.lexists(path):
            return None
        # `Path.resolve` has an exception of its own for a link that leads to itself.
        real = Path(os.path.realpath(path, strict=True))
        if not real.is_relative_to(os.path.realpath(root)):
            raise SettingsError("leads out of the project")
        tree = _read_toml(real)
    except (OSError, ValueError, SettingsError) as error:
        return _unreadable(Origin.PROJECT, PROJECT_FILE, error)
    return Layer(Origin.PROJECT, tree)


def initialization_layer(options: object) -> Layer:
    """Return what the client sent as `initializationOptions`: the tree, or `{tierlsp: tree}`, or nothing."""
    return _client_layer(Origin.INITIALIZATION, options)


def editor_layer(section: object) -> Layer:
    """Return what the client answered to `workspace/configuration` for the section `tierlsp`.

    Also takes the `settings` of a `workspace/didChangeConfiguration`, which have the section's name round
    them.
    """
    return _client_layer(Origin.EDITOR, section)


def _client_layer(origin: Origin, value: object) -> Layer:
    """Return a layer of what a client sent, which may be anything that JSON can hold."""
    if value is None:
        return Layer(origin)
    if not isinstance(value, Mapping):
        message = f"{origin.value} must be a table of settings, not {shown(value)}, and are ignored."
        return Layer(origin, problems=(Problem("", message, origin.value),))
    if "tierlsp" not in value:
        return Layer(origin, {key: each for key, each in value.items() if key not in _CLIENTS_OWN})
    problems = tuple(
        Problem(
            clean(key),
            f"{clean(key)} from {origin.phrase} stands beside tierlsp and is ignored.",
            origin.value,
        )
        for key in value
        if key != "tierlsp"
    )
    inner = value["tierlsp"]
    if inner is None or isinstance(inner, Mapping):
        tree = {key: each for key, each in (inner or {}).items() if key not in _CLIENTS_OWN}
        return Layer(origin, tree, problems=problems)
    message = f"tierlsp from {origin.phrase} is {shown(inner)}, not a table of settings, and is ignored."
    return Layer(origin, problems=(*problems, Problem("tierlsp", message, origin.value)))


def _file_layer(environ: Mapping[str, str], config_file: Path | None) -> Layer:
    """Return what the user's file says."""
    path = config_file
    try:
        if path is None:
            path = default_config_file(environ)
            if not path.exists() and not environ.get(CONFIG_VARIABLE, "").strip():
                return Layer(Origin.FILE)
        tree = _read_toml(path)
    except (OSError, ValueError, SettingsError) as error:
        name = path.name if path is not None else Origin.FILE.value
        return _unreadable(Origin.FILE, clean(name), error)
    return Layer(Origin.FILE, tree, label=clean(path.name))


def _unreadable(origin: Origin, name: str, error: Exception) -> Layer:
    """Return the empty layer of a source that cannot be read."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    # What a parser says may repeat what it found.
    message = f"{name} is ignored, because it cannot be read: {clean(why, 200).rstrip('.')}."
    return Layer(origin, label=name, problems=(Problem("", message, name),))


def _read_toml(path: Path) -> dict[str, Any]:
    """Return the tree in a TOML file.

    Raises:
        OSError: it cannot be opened.
        ValueError: it is not UTF-8, or not TOML; the message has line and column.
        SettingsError: it is no regular file, too large, or too much for the parser.
    """
    # Without O_NONBLOCK, opening a named pipe would wait for its other end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SettingsError("not a regular file")
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise SettingsError(f"larger than {MAX_FILE_BYTES // 1024} kB")
    if any(line.count(b".") > MAX_DOTS_IN_LINE for line in content.split(b"\n")):
        raise SettingsError(f"a line has more than {MAX_DOTS_IN_LINE} dots, break it")
    # Most people have no such file, and every start of an editor would wait for the import.
    import tomllib

    try:
        # Some editors put a byte order mark in front, which TOML does not allow.
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"not UTF-8 (at line {line})") from None
    except RecursionError:
        raise SettingsError("nested too deep") from None
