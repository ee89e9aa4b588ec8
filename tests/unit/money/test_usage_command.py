"""`tierlsp usage`: the table, the JSON, the page, what left the machine; an empty, a broken and a newer ledger."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.money.accounts import PLENTY, WallClock, cost_of, order_of
from tests.unit.money.test_report import entry_of
from tierlsp.backends.chat import TokenUsage
from tierlsp.cli.main import main
from tierlsp.cli.usage_page import page_of
from tierlsp.privacy.audit import AuditEntry, open_audit_log
from tierlsp.routing.facts import Kind
from tierlsp.routing.ledger import Ledger
from tierlsp.routing.price_table import load_table
from tierlsp.routing.prices import PriceBook
from tierlsp.routing.report import report_of
from tierlsp.routing.tiers import Tier

NOVEMBER = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the state directory of a user who has set nothing."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    for variable in ("TIERLSP_CONFIG", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state" / "tierlsp"


def fill(state: Path, *, model: str = "deepseek/deepseek-flash") -> None:
    async def run() -> None:
        ledger = Ledger(state / "ledger.db", WallClock(NOVEMBER))
        row = await ledger.reserve(order_of("0.02", model=model), PLENTY)
        await ledger.book(row, TokenUsage(1000, 500, 0, 0, 200), cost_of("0.0123"))
        row = await ledger.reserve(order_of("0.50", tier=Tier.PREMIUM, kind=Kind.REVIEW, model="a/premium"), PLENTY)
        await ledger.book(row, TokenUsage(9000, output_tokens=900), cost_of("0.4"))
        await ledger.reserve(order_of("0.03", run="cut"), PLENTY)
        ledger.count_completion("ollama/codestral:22b", output_tokens=20)
        await ledger.aclose()

    asyncio.run(run())


class Page(HTMLParser):
    """Collects what a page would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.reaches: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.reaches += [
            f"{tag} {name}={value}"
            for name, value in attributes
            if name in {"src", "href", "srcset", "action", "data"} or name.startswith("on")
        ]


def checked(page: str) -> Page:
    found = Page()
    found.feed(page)
    assert found.reaches == []
    assert not found.tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    assert not re.search(r"url\(|@import|javascript:", page)
    return found


def test_the_table_says_what_was_paid_and_what_is_uncertain(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(state)
    assert main(["usage", "--month", "2026-11"]) == 0
    told = capsys.readouterr().out
    for part in ("$0.44 of $25.00", "3 calls", "autocomplete", "daily work", "hard problems", "codestral:22b", "$0.40"):
        assert part in told
    assert "1 call still ran or broke off with the process, and counts at the highest price: $0.030." in told
    assert "anthropic/claude-opus-5-5 for every action had cost" in told


def test_the_json_is_alone_on_stdout(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(state)
    assert main(["usage", "--month", "2026-11", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["usd"] == pytest.approx(0.4423)
    assert tree["tiers"]["premium"]["calls"] == 1


def test_a_model_to_compare_with_comes_from_the_settings(
    state: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fill(state)
    config = tmp_path / "config" / "tierlsp" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[tiers]\npremium = ["openai/gpt-6.1-sol"]\n[backends.openai]\n', encoding="utf-8")
    assert main(["usage", "--month", "2026-11"]) == 0
    assert "openai/gpt-6.1-sol for every action had cost" in capsys.readouterr().out


def test_the_page_needs_nothing_and_runs_nothing(state: Path, tmp_path: Path) -> None:
    fill(state, model='x/<script>alert(1)</script>"onload="')
    page = tmp_path / "usage.html"
    assert main(["usage", "--month", "2026-11", "--html", str(page)]) == 0
    found = checked(page.read_text(encoding="utf-8"))
    assert {"svg", "table", "style"} <= found.tags


def test_a_month_with_nothing_is_friendly_and_makes_no_file(
    state: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["usage"]) == 0
    assert "Nothing has been asked of a model" in capsys.readouterr().out
    assert main(["usage", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["calls"] == 0
    assert main(["usage", "--html", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    checked(page)
    assert "Nothing has been asked" in page
    assert not state.exists()


def test_other_months_are_named(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(state)
    assert main(["usage", "--month", "2025-01"]) == 0
    assert "Other months, with --month: 2026-11" in capsys.readouterr().out


@pytest.mark.parametrize("month", ["2026-13", "november", "2026-1", "2026-11-26"])
def test_a_month_that_is_none_is_refused(state: Path, month: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["usage", "--month", month])
    assert end.value.code == 2
    assert "such as 2026-11" in capsys.readouterr().err


def test_a_broken_ledger_is_one_sentence_and_left_where_it_is(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state.mkdir(parents=True)
    (state / "ledger.db").write_bytes(b"no ledger at all" * 500)
    assert main(["usage"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "cannot be read" in told.err
    assert (state / "ledger.db").read_bytes().startswith(b"no ledger")


def test_a_newer_ledger_is_not_touched(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(state)
    with closing(sqlite3.connect(state / "ledger.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert main(["usage"]) == 1
    assert "newer" in capsys.readouterr().err


def test_a_page_that_cannot_be_written_is_one_sentence(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--html", "no/such/directory/page.html"]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_the_audit_tells_what_left(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--audit"]) == 0
    assert "Nothing has left this machine" in capsys.readouterr().out
    entry = AuditEntry(
        at="2026-11-26T12:00:00.000Z",
        run="r",
        workspace="project",
        backend="deepseek",
        host="api.deepseek.com",
        model="deepseek-flash",
        chars=4200,
        tokens=1400,
        redactions=2,
        files=("a.py", "b\x1b[2J.py"),
        file_count=5,
    )
    open_audit_log().write(entry)
    assert main(["usage", "--audit"]) == 0
    told = capsys.readouterr().out
    for part in (
        "api.deepseek.com",
        "deepseek/deepseek-flash",
        "4,200 characters",
        "2 secrets",
        "and 3 more",
    ):
        assert part in told
    assert "\x1b" not in told
    assert main(["usage", "--audit", "--json", "--month", "2026-10"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_month_of_free_calls_is_plotted_by_calls() -> None:
    free = [entry_of("0", tier=Tier.LOCAL, model="ollama/x", run=str(number)) for number in range(3)]
    page = page_of(report_of("2026-02", free, (), PriceBook({}, load_table()), None), 0.0)
    checked(page)
    assert "Calls by day and tier" in page


@pytest.mark.parametrize("usd", ["0.000000003", "0.01", "24.99", "123456"])
def test_a_plot_of_any_size_has_few_lines(usd: str) -> None:
    page = page_of(report_of("2026-11", [entry_of(usd)], (), PriceBook({}, load_table()), None), 25.0)
    assert 2 <= page.count('class="line"') <= 8
    assert Decimal(usd) > 0
