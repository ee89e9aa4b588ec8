"""`tierlsp config`, from its arguments to its exit code."""

import argparse
import json
import stat
import tomllib
from pathlib import Path

import pytest

from tierlsp.cli import config
from tierlsp.settings.render import json_schema, starter_file


@pytest.fixture(autouse=True)
def clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project directory of its own, and no settings from the machine that runs the test."""
    for name in ("TIERLSP_CONFIG", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path / "user")
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return project


def run(*arguments: str, file: Path | None = None, sets: tuple[str, ...] = ()) -> int:
    """Run the command as `cli/main.py` does: with the global options beside its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path)
    parser.add_argument("--set", dest="sets", action="append", default=[])
    config.add_parser(parser.add_subparsers())
    options = [*(["--config", str(file)] if file else []), *(f"--set={each}" for each in sets)]
    args = parser.parse_args([*options, "config", *arguments])
    code: int = args.run(args)
    return code


def test_path_says_where_the_file_would_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("path") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'user' / 'config.toml'}\n"


def test_path_says_which_file_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIERLSP_CONFIG", str(tmp_path / "variable.toml"))
    assert run("path") == 0
    assert run("path", file=Path("option.toml")) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'variable.toml'}\n{tmp_path / 'project' / 'option.toml'}\n"


@pytest.mark.parametrize("arguments", [(), ("show",)])
def test_show_lists_every_setting_with_its_origin(
    arguments: tuple[str, ...], clean_place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clean_place / ".tierlsp.toml").write_text(
        "[completion]\nenabled = false\n[backends.ollama]\nbaseUrl = 'http://evil.test'\n", encoding="utf-8"
    )
    assert run(*arguments, sets=("completion.budgetMs=80", "tiers.local=ollama/x", "completion.wrong=1")) == 0
    lines = capsys.readouterr().out.splitlines()
    cells = [line.split(maxsplit=1) for line in lines if line]
    assert lines[4].split()[:2] == ["completion.budgetMs", "80"]
    found = {key: rest[0] for key, *rest in cells if rest}
    assert found["completion.budgetMs"].endswith("command line")
    assert found["completion.enabled"].split() == ["false", ".tierlsp.toml"]
    assert found["completion.model"].split() == ['"auto"', "default"]
    assert found["tiers.local"].split() == ['["ollama/x"]', "command", "line"]
    assert sum("http://evil.test" in line for line in lines) == 0
    assert any(line.startswith("backends.ollama.baseUrl from .tierlsp.toml is ignored") for line in lines)
    assert any(line.startswith("completion.wrong from the command line is not a setting") for line in lines)


def test_show_on_a_terminal_is_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    assert run("show", sets=('privacy.exclude=["[bold]*.key"]', "completion.layout=x")) == 0
    out = capsys.readouterr().out
    assert '["[bold]*.key"]' in out
    assert "completion.budgetMs" in out
    assert 'completion.layout from the command line is "x"' in out


def test_show_json_is_json_alone(clean_place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (clean_place / ".tierlsp.toml").write_text("[privacy]\nexclude = ['*.é\u202e']\n", encoding="utf-8")
    assert run("show", "--json", sets=("completion.budgetMs=fast",)) == 0
    captured = capsys.readouterr()
    shown = json.loads(captured.out)
    assert captured.err == ""
    assert captured.out.isascii()
    assert set(shown) == {"file", "settings", "origins", "problems"}
    assert shown["settings"]["completion"]["budgetMs"] == 60
    assert shown["settings"]["privacy"]["exclude"][-1] == "*.é\u202e"
    assert shown["origins"]["privacy.exclude"] == "default, .tierlsp.toml"
    assert [problem["key"] for problem in shown["problems"]] == ["completion.budgetMs"]


def test_show_works_with_a_broken_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.toml"
    file.write_text("[completion", encoding="utf-8")
    assert run("show", file=file) == 0
    assert "broken.toml is ignored, because it cannot be read: Expected ']'" in capsys.readouterr().out


def test_init_writes_a_private_starter_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("init") == 0
    file = tmp_path / "user" / "config.toml"
    assert capsys.readouterr().out == f"{file}\n"
    assert file.read_text(encoding="utf-8") == starter_file()
    tomllib.loads(starter_file())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_init_does_not_overwrite_unless_forced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("# mine\n", encoding="utf-8")
    assert run("init", file=file) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"tierlsp: {file} exists already; --force replaces it.\n"
    assert file.read_text(encoding="utf-8") == "# mine\n"
    assert run("init", "--force", file=file) == 0
    assert file.read_text(encoding="utf-8") == starter_file()


def test_init_says_why_it_cannot_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run("init", file=tmp_path / "file" / "config.toml") == 1
    assert (
        capsys.readouterr().err == f"tierlsp: {tmp_path / 'file' / 'config.toml'} cannot be written: Not a directory.\n"
    )


@pytest.mark.parametrize("what", ["path", "init"])
def test_without_a_home_there_is_one_sentence(
    what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: Path("~/.config/tierlsp"))
    assert run(what) == 1
    assert (
        capsys.readouterr().err == "tierlsp: There is no home directory for the configuration of tierlsp; set HOME.\n"
    )


def test_show_works_without_a_home(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: Path("~/.config/tierlsp"))
    assert run("show") == 0
    assert "set HOME" in capsys.readouterr().out


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schema") == 0
    assert json.loads(capsys.readouterr().out) == json_schema()


def test_bad_usage_is_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        run("shwo")
    assert exited.value.code == 2
    capsys.readouterr()
