"""Runs through the real gate: what a cloud model reads, and what its answer makes of the file."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tests.unit.actions.runs import FakeMemory, FakeRouter, decision_of, problem, request_of
from tierlsp.actions.edits import apply_edit
from tierlsp.actions.plan import Known
from tierlsp.actions.ports import Routed, Way
from tierlsp.actions.runner import Runner
from tierlsp.actions.types import Document, RunOutcome, RunResult
from tierlsp.backends.chat import Finish, TokenUsage
from tierlsp.privacy.audit import AuditLog
from tierlsp.privacy.consent import ConsentBook
from tierlsp.privacy.exclude import Exclusion
from tierlsp.privacy.gate import Clearance, Gate
from tierlsp.privacy.outbound import Destination
from tierlsp.routing.calls import Answered, Attempt, Call, CallEvent
from tierlsp.routing.facts import Kind, Scope
from tierlsp.routing.spend import Cost, PriceSource
from tierlsp.routing.tiers import Tier
from tierlsp.settings.tree import PrivacySettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
CLOUD = Destination("deepseek", "api.deepseek.com", "flash", is_local=False)


class ClearedCaller:
    """Sends what the gate lets through to `model`, a function from what was read to an answer."""

    def __init__(self, clearance: Clearance, model: Callable[[str], str]) -> None:
        self._clearance = clearance
        self._model = model
        self.read: list[str] = []

    async def call(self, call: Call) -> AsyncGenerator[CallEvent, None]:
        cleared = await self._clearance.clear(call.parts, CLOUD)
        self.read.append("\n".join(part.text for part in cleared.parts))
        yield Attempt("deepseek/flash", Tier.CHEAP, Decimal(0))
        text = self._model(self.read[-1])
        cost = Cost(Decimal(0), PriceSource.TABLE)
        yield Answered(text, Finish.STOP, "deepseek/flash", Tier.CHEAP, TokenUsage(), cost, Decimal(0), 1)


def code_in(read: str) -> str:
    """Return the code that the last fence of the task shows."""
    return read.rpartition("The code to fix:\n```python\n")[2].partition("\n```")[0]


async def result_of(tmp_path: Path, source: str, model: Callable[[str], str], kind: Kind = Kind.FIX, **more) -> tuple:
    consent = ConsentBook(tmp_path / "state" / "consent.json")
    consent.record(tmp_path, "allow", NOW)
    privacy = PrivacySettings(cloud="ask", redact=True, exclude=())
    gate = Gate(Exclusion([]), consent, privacy, AuditLog(tmp_path / "state" / "audit.jsonl"), lambda: NOW)
    clearance = gate.begin(tmp_path, run="r1")
    caller = ClearedCaller(clearance, model)
    runner = Runner(
        FakeRouter(Routed(decision_of(higher=()))), lambda request: Way(caller, clearance), lambda request: Known(),
        memory=lambda root: FakeMemory(),
    )  # fmt: skip
    path = tmp_path / "app.py"
    document = Document(path.as_uri(), path, "python", 1, tuple(source.split("\n")))
    wrong = problem(next(number for number, line in enumerate(document.lines) if "kye" in line))
    request = request_of(kind, document=document, root=tmp_path, diagnostics=(wrong,), span=wrong.span, **more)
    result: RunResult = await runner.run(request)
    return result, caller


SOURCE = f'def f():\n    key = "{KEY}"\n    return kye\n'


async def test_a_secret_stays_here_and_comes_back_into_its_own_file(tmp_path: Path) -> None:
    result, caller = await result_of(tmp_path, SOURCE, lambda read: f"```\n{code_in(read).replace('kye', 'key')}\n```")
    assert result.outcome is RunOutcome.DONE, result.message
    assert "\n".join(apply_edit(result.edit)) == SOURCE.replace("kye", "key")
    assert KEY not in caller.read[0] and "HiddenSecret" in caller.read[0]


async def test_a_secret_in_an_anchor_is_found_again(tmp_path: Path) -> None:
    filler = "".join(f"    x{number} = {number}\n" for number in range(150))
    source = f'def f():\n{filler}    key = "{KEY}"\n    return kye\n'

    def model(read: str) -> str:
        *_, line, last = code_in(read).split("\n")
        return f"<<<<<<< SEARCH\n{line}\n{last}\n=======\n{line}\n    return key\n>>>>>>> REPLACE\nEND"

    result, caller = await result_of(tmp_path, source, model)
    assert result.outcome is RunOutcome.DONE, result.message
    assert "\n".join(apply_edit(result.edit)) == source.replace("kye", "key")
    assert KEY not in caller.read[0]


async def test_a_changed_placeholder_changes_nothing(tmp_path: Path) -> None:
    result, caller = await result_of(
        tmp_path, SOURCE, lambda read: f"```\n{code_in(read).replace('HiddenSecret', 'HiddenSecretx')}\n```"
    )
    assert result.outcome is RunOutcome.UNVERIFIED
    assert result.edit is None
    assert len(caller.read) == 2, "one repair was asked for"


async def test_a_secret_is_never_shown_in_a_text(tmp_path: Path) -> None:
    result, _ = await result_of(tmp_path, SOURCE, lambda read: f"It is {read}", Kind.EXPLAIN)
    assert result.outcome is RunOutcome.DONE
    assert KEY not in result.document and "HiddenSecret" not in result.document
    assert "[secret]" in result.document


async def test_hidden_characters_that_were_there_stay_where_they_were(tmp_path: Path) -> None:
    source = "def f():\n    key = 1  # \u202egnirts\n    return kye\n"
    result, caller = await result_of(tmp_path, source, lambda read: f"```\n{code_in(read).replace('kye', 'key')}\n```")
    assert result.outcome is RunOutcome.DONE, result.message
    assert "\n".join(apply_edit(result.edit)) == source.replace("kye", "key")
    assert "\u202e" not in caller.read[0]


async def test_a_review_shows_neither_a_secret_nor_its_placeholder(tmp_path: Path) -> None:
    def model(read: str) -> str:
        line = next(line for line in read.split("\n") if "HiddenSecret" in line)
        return json.dumps({"evidence": line, "message": f"a key in the source: {line}"}) + "\nEND"

    result, caller = await result_of(tmp_path, f'def f():\n    kye = "{KEY}"\n', model, Kind.REVIEW)
    [finding] = result.findings[0].findings
    assert finding.span.start.line == 1
    told = finding.message + "".join(finding.evidence) + result.document
    assert KEY not in told and "HiddenSecret" not in told
    assert KEY not in caller.read[0]


async def test_a_key_over_many_lines_is_known_in_a_review(tmp_path: Path) -> None:
    body = ["a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6A7B8C9D0"] * 8
    key = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----"])
    source = f'kye = """{key}"""\n\n\ndef f():\n    return kye\n'
    result, caller = await result_of(tmp_path, source, lambda read: "END", Kind.REVIEW, scope=Scope.FILE)
    assert result.outcome is RunOutcome.NOTHING, result.message
    assert body[0] not in caller.read[0]
