"""The user's own files: where they are, and made so that nobody else can read them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from tierlsp.errors import SettingsError

APP_NAME = "tierlsp"

CONFIG_VARIABLE = "TIERLSP_CONFIG"
"""The environment variable that names another `config.toml`."""

_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o600


def default_config_file(environ: Mapping[str, str]) -> Path:
    """Return where the user's `config.toml` is, or would be.

    Raises:
        SettingsError: there is no home directory.
    """
    named = environ.get(CONFIG_VARIABLE, "").strip()
    if named:
        try:
            return Path(named).expanduser().absolute()
        except RuntimeError:
            raise SettingsError(f"{CONFIG_VARIABLE} names a home directory that does not exist.") from None
    return _directory("configuration", _config_path) / "config.toml"


def state_dir() -> Path:
    """Return the directory for what must outlive a restart, such as consents. It need not exist.

    Raises:
        SettingsError: the user has no home directory.
    """
    return _directory("state", _state_path)


def cache_dir() -> Path:
    """Return the directory for what may be lost. It need not exist.

    Raises:
        SettingsError: the user has no home directory.
    """
    return _directory("cache", _cache_path)


def make_private_dir(path: Path) -> None:
    """Make `path`, and what is missing above it, for the user alone; one that exists is left as it is.

    Raises:
        OSError: it cannot be made.
    """
    missing = [path, *path.parents]
    for directory in reversed([each for each in missing if not each.exists()]):
        # `Path.mkdir(parents=True)` gives its mode to the last directory only.
        directory.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)


def write_private(path: Path, text: str, *, replace: bool) -> None:
    """Write `text` into the file at `path`, readable by the user alone, either whole or not at all.

    A symbolic link is followed, since people keep their settings elsewhere and link them.

    Raises:
        FileExistsError: there is one, and `replace` is false.
        OSError: it cannot be written.
    """
    # `Path.resolve` has an exception of its own for a link that leads to itself.
    target = Path(os.path.realpath(path))
    make_private_dir(target.parent)
    if not replace:
        _write_new(target, text)
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    beside.unlink(missing_ok=True)
    try:
        _write_new(beside, text)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _write_new(path: Path, text: str) -> None:
    """Write a file that must not exist yet; nothing is left of it if that fails."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _directory(what: str, find: Callable[[], Path]) -> Path:
    """Return the directory that `find` gives, which without a home directory is not a place at all.

    Raises:
        SettingsError: the user has no home directory.
    """
    path = find()
    if not path.is_absolute():
        raise SettingsError(f"There is no home directory for the {what} of {APP_NAME}; set HOME.")
    return path


def _config_path() -> Path:
    """Return the platform's directory for configuration."""
    # Imported when needed: what only has to know the settings' names does without it.
    from platformdirs import user_config_path

    return user_config_path(APP_NAME, appauthor=False)


def _state_path() -> Path:
    """Return the platform's directory for state."""
    from platformdirs import user_state_path

    return user_state_path(APP_NAME, appauthor=False)


def _cache_path() -> Path:
    """Return the platform's directory for caches."""
    from platformdirs import user_cache_path

    return user_cache_path(APP_NAME, appauthor=False)
