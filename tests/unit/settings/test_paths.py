"""The user's own files are nobody else's."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tierlsp.errors import SettingsError
from tierlsp.settings.paths import (
    cache_dir,
    default_config_file,
    make_private_dir,
    state_dir,
    write_private,
)


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """The umask that protects nothing, so that the modes are ours."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_directories_and_file_are_for_the_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "config.toml"
    write_private(file, "text\n", replace=False)
    assert file.read_text(encoding="utf-8") == "text\n"
    assert [mode(path) for path in (file, file.parent, file.parent.parent)] == [0o600, 0o700, 0o700]


def test_a_directory_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    make_private_dir(shared / "own")
    assert (mode(shared), mode(shared / "own")) == (0o755, 0o700)


def test_a_file_that_exists_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError):
        write_private(file, "text", replace=False)
    assert file.read_text(encoding="utf-8") == "mine"
    write_private(file, "text", replace=True)
    assert file.read_text(encoding="utf-8") == "text"
    assert mode(file) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles.toml"
    kept.write_text("mine", encoding="utf-8")
    link = tmp_path / "config.toml"
    link.symlink_to(kept)
    write_private(link, "text", replace=True)
    assert link.is_symlink()
    assert kept.read_text(encoding="utf-8") == "text"


@pytest.mark.parametrize("replace", [False, True])
def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path, replace: bool) -> None:
    file = tmp_path / "config.toml"
    if replace:
        file.write_text("mine", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError):
        write_private(file, "half \ud800", replace=replace)
    left = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert left == ({"config.toml": "mine"} if replace else {})


@pytest.mark.parametrize(("find", "variable"), [(state_dir, "XDG_STATE_HOME"), (cache_dir, "XDG_CACHE_HOME")])
@pytest.mark.skipif(os.name != "posix" or os.uname().sysname == "Darwin", reason="XDG directories are Linux's")
def test_directories_follow_the_platform(
    find: Callable[[], Path], variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(tmp_path))
    assert find() == tmp_path / "tierlsp"


@pytest.mark.parametrize(("find", "name"), [(state_dir, "user_state_path"), (cache_dir, "user_cache_path")])
def test_without_a_home_no_directory_is_made_up(
    find: Callable[[], Path], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"platformdirs.{name}", lambda *_, **__: Path("~/.x"))
    with pytest.raises(SettingsError, match="set HOME"):
        find()


def test_the_variable_may_begin_with_the_home_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_config_file({"TIERLSP_CONFIG": "~/x.toml"}) == tmp_path / "x.toml"


def test_a_home_directory_of_nobody_is_said() -> None:
    with pytest.raises(SettingsError, match="TIERLSP_CONFIG"):
        default_config_file({"TIERLSP_CONFIG": "~no-such-user-here/x.toml"})
