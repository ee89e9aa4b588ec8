"""`tierlsp run review` and `audit` in a terminal and in CI: against a repository and a scripted provider."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.conftest import Place
from tests.protocol.test_actions import KEY, config
from tests.servers.fake_chat import FakeChat
from tierlsp.actions.finding_memory import open_finding_memory

OLD = "def area(radius):\n    return 3 * radius\n\n\ndef other():\n    return 1\n"
NEW = OLD.replace("3 * radius", "3 * raduis")
FOUND = {
    "severity": "error",
    "category": "bug",
    "confidence": 90,
    "evidence": "    return 3 * raduis",
    "message": "the parameter is called radius",
    "fix": "    return 3 * radius",
}
REPLY = json.dumps(FOUND) + "\nEND"


@dataclass
class Shell:
    """A terminal in a workspace that is a repository."""

    place: Place
    provider: FakeChat

    def git(self, *arguments: str) -> str:
        names = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
        done = subprocess.run(
            ["git", *names, *arguments], cwd=self.place.workspace, capture_output=True, text=True, check=True
        )
        return done.stdout

    def write(self, name: str, text: str) -> Path:
        path = self.place.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    async def run(self, *arguments: str, given: str = "") -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *self.place.command("run", *arguments),
            cwd=self.place.workspace,
            env=self.place.environment | {"WORK_KEY": KEY},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(given.encode())
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    @property
    def sent(self) -> str:
        return json.dumps(self.provider.questions)


async def shell(place: Place, work: Callable[[Shell], Any], answer: str = REPLY, more: str = "") -> None:
    async with FakeChat("litellm", lambda body: answer) as provider:
        provider.key = KEY
        place.configure(config(provider, f'[privacy]\ncloud = "allow"\n{more}'))
        here = Shell(place, provider)
        here.git("init", "-q")
        here.write("area.py", OLD)
        here.git("add", ".")
        here.git("commit", "-qm", "one")
        await work(here)


async def test_the_changes_since_the_last_commit_are_reviewed(place: Place) -> None:
    async def work(here: Shell) -> None:
        here.write("area.py", NEW)
        here.write("new file.py", "x = input()\n")
        code, out, err = await here.run("review", "--changes")
        assert code == 1
        assert out.startswith("area.py:2:5: error: the parameter is called radius (bug, 90 % sure)\n")
        assert "    return 3 * raduis" in out
        assert "1 error" in err and "$0." in err
        assert "x = input()" in here.sent
        judged = here.sent.partition("To judge")[2]
        assert "def other" not in judged.partition("new file.py")[0]
        # Again: nothing to pay.
        assert (await here.run("review", "--changes"))[:2] == (1, out)
        assert len(here.provider.questions) == 1

    await shell(place, work)


async def test_a_branch_is_reviewed_from_where_it_left(place: Place) -> None:
    async def work(here: Shell) -> None:
        here.git("checkout", "-qb", "topic")
        here.write("area.py", NEW)
        here.git("commit", "-qam", "two")
        assert (await here.run("review", "--changes"))[0] == 1  # nothing is uncommitted
        assert here.provider.questions == []
        code, out, _ = await here.run("review", "--changes", "main", "--fail-on", "never")
        assert code == 0
        assert out.startswith("area.py:2:5: error")

    await shell(place, work)


async def test_a_diff_can_be_given_and_must_fit_the_files(place: Place) -> None:
    async def work(here: Shell) -> None:
        here.write("area.py", NEW)
        diff = here.git("diff")
        code, out, _ = await here.run("review", "--changes", "-", "--json", given=diff)
        told = json.loads(out)
        assert (code, told["outcome"]) == (1, "done")
        [finding] = told["findings"]
        assert (finding["file"], finding["line"], finding["severity"]) == ("area.py", 2, "error")
        assert finding["fix"] == "    return 3 * radius"
        here.write("area.py", OLD)
        code, out, err = await here.run("review", "--changes", "-", given=diff)
        assert (code, out) == (1, "")
        assert "not as the diff says" in err
        assert (await here.run("review", "--changes", "-", given="hello"))[0] == 1

    await shell(place, work)


async def test_sarif_names_place_rule_and_fix(place: Place) -> None:
    async def work(here: Shell) -> None:
        path = here.write("src/a b.py", NEW)
        code, out, _ = await here.run("audit", "--sarif", "--fail-on", "never", str(path))
        log = json.loads(out)
        assert (code, log["version"]) == (0, "2.1.0")
        [run] = log["runs"]
        [result] = run["results"]
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "CWE-94"
        place_ = result["locations"][0]["physicalLocation"]
        assert place_["artifactLocation"] == {"uri": "src/a%20b.py", "uriBaseId": "ROOT"}
        assert place_["region"] == {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 22}
        assert run["columnKind"] == "unicodeCodePoints"
        assert result["level"] == "error"
        [change] = result["fixes"][0]["artifactChanges"]
        assert change["replacements"][0]["insertedContent"]["text"] == "    return 3 * radius"
        assert run["invocations"][0]["executionSuccessful"] is True

    await shell(place, work, json.dumps(FOUND | {"cwe": 94}) + "\nEND")


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        ("error", "error", 1), ("warning", "error", 0), ("warning", "warning", 1), ("error", "never", 0),
        ("information", "warning", 0), ("information", "information", 1),
    ],
)  # fmt: skip
async def test_the_exit_code_follows_the_severity(place: Place, severity: str, fail_on: str, code: int) -> None:
    async def work(here: Shell) -> None:
        here.write("area.py", NEW)
        assert (await here.run("review", "area.py", "--fail-on", fail_on))[0] == code

    await shell(place, work, json.dumps(FOUND | {"severity": severity}) + "\nEND")


async def test_a_folder_is_audited_without_what_others_or_programs_wrote(place: Place) -> None:
    async def work(here: Shell) -> None:
        here.write("src/a.py", "a = 1\n")
        here.write("src/node_modules/b.js", "b = 1\n")
        here.write("src/secret.py", "c = 1\n")
        here.write("src/d.min.js", "d = 1\n")
        (place.workspace / "src/link.py").symlink_to(place.home / "config/tierlsp/config.toml")
        code, _, err = await here.run("audit", "src")
        assert code == 0
        assert "`src/a.py`" in here.sent
        assert not any(name in here.sent for name in ("b.js", "secret.py", "d.min.js", "link.py"))
        assert "secret.py: privacy.exclude" in err

    await shell(place, work, "END", 'exclude = ["**/secret.py"]')


async def test_a_dry_run_gives_one_price_for_all_parts_and_sends_nothing(place: Place) -> None:
    async def work(here: Shell) -> None:
        lines = "".join(f"def f{n}(x):\n    y = x + {n}\n    return y * value_{n}\n\n\n" for n in range(500))
        here.write("long.py", lines)
        _, out, err = await here.run("review", "--changes", "--dry-run")
        assert "at most $" in out + err
        assert here.provider.questions == []

    await shell(place, work)


async def test_a_repository_can_start_no_program(place: Place) -> None:
    async def work(here: Shell) -> None:
        mark = place.home / "ran"
        script = here.write("run.sh", f"#!/bin/sh\ntouch {mark}\n")
        script.chmod(0o755)
        for name in ("core.fsmonitor", "diff.external", "diff.x.textconv", "diff.x.command", "core.pager"):
            here.git("config", name, str(script))
        here.write(".gitattributes", "*.py diff=x\n")
        here.write("area.py", NEW)
        mark.unlink(missing_ok=True)
        await here.run("review", "--changes")
        assert here.provider.questions
        assert not mark.exists()

    await shell(place, work)


@pytest.mark.parametrize("revision", ["--output=/tmp/x", "main..topic", "no-such"])
async def test_what_is_no_revision_is_refused_in_one_sentence(place: Place, revision: str) -> None:
    async def work(here: Shell) -> None:
        code, out, err = await here.run("review", f"--changes={revision}")
        assert (code, out) == (1, "")
        assert err.count("\n") == 1
        assert not Path("/tmp/x").exists()

    await shell(place, work)


async def test_lines_of_one_file_are_reviewed_as_in_an_editor(place: Place) -> None:
    async def work(here: Shell) -> None:
        here.write("area.py", NEW)
        code, out, _ = await here.run("review", "area.py:2", "--fail-on", "never")
        assert code == 0
        assert out.startswith("area.py:2:5: error")

    await shell(place, work)


async def test_what_was_dismissed_is_shown_on_demand_and_taken_back(place: Place, monkeypatch: Any) -> None:
    for name, value in place.environment.items():
        if name.startswith("XDG_") or name == "HOME":
            monkeypatch.setenv(name, value)

    async def work(here: Shell) -> None:
        here.write("area.py", NEW)
        _, out, _ = await here.run("review", "area.py", "--json")
        [finding] = json.loads(out)["findings"]
        assert finding["dismissed"] is False
        fingerprint = finding["fingerprint"]
        open_finding_memory(place.workspace).dismiss(fingerprint)
        assert (await here.run("review", "area.py"))[:2] == (0, "")
        # Shown, it counts for nothing all the same.
        code, out, _ = await here.run("review", "area.py", "--show-dismissed")
        assert code == 0 and f"[dismissed {fingerprint}]" in out
        code, out, _ = await here.run("review", "area.py", "--show-dismissed", "--json")
        assert (code, [each["dismissed"] for each in json.loads(out)["findings"]]) == (0, [True])
        _, out, _ = await here.run("review", "area.py", "--show-dismissed", "--sarif")
        [result] = json.loads(out)["runs"][0]["results"]
        assert result["suppressions"] == [{"kind": "external", "status": "accepted"}]
        code, out, err = await here.run("review", "area.py", "--restore", "0" * 24)
        assert (code, out) == (1, "") and "--show-dismissed" in err
        code, out, _ = await here.run("review", "area.py", "--restore", fingerprint)
        assert code == 1 and "the parameter is called radius" in out and "dismissed" not in out
        assert (await here.run("explain", "area.py", "--restore", fingerprint))[0] == 1
        assert len(here.provider.questions) == 1

    await shell(place, work)
