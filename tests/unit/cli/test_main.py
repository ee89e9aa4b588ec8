"""The command line's first step: which command is meant."""

import pytest

from tierlsp.cli.main import BARE_SERVE, _parser, main
from tierlsp.cli.serve import DEFAULTS


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ([], "serve"),
        (["--stdio"], "serve"),
        (["--log-level", "debug"], "serve"),
        (["--config", "demo", "--stdio"], "serve"),
        (["--config", "serve", "doctor"], "doctor"),
        (["--set", "completion.budgetMs=80", "config", "path"], "config"),
        (["complete", "a.py:1:1"], "complete"),
    ],
)
def test_without_a_command_it_serves_and_values_are_no_commands(
    arguments: list[str], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    for name in ("serve", "doctor", "config", "complete"):
        monkeypatch.setattr(f"tierlsp.cli.{name}.run", lambda args, name=name: called.append(name) or 0)
    assert main(arguments) == 0
    assert called == [command]


@pytest.mark.parametrize("arguments", BARE_SERVE)
def test_what_editors_start_is_what_the_parser_makes_of_it(arguments: list[str]) -> None:
    parsed = vars(_parser("serve").parse_args(["serve", *[word for word in arguments if word != "serve"]]))
    assert {key: parsed[key] for key in vars(DEFAULTS)} == vars(DEFAULTS)


@pytest.mark.parametrize(
    "arguments", [["--nosuch"], ["doctor", "--nosuch"], ["complete"], ["serve", "--log-level", "x"]]
)
def test_bad_usage_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    assert capsys.readouterr().out == ""


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        main(["--help"])
    assert error.value.code == 0
    out = capsys.readouterr().out
    assert all(command in out for command in ("serve", "complete", "demo", "doctor", "config"))
