"""The price in a menu against what the run that is picked sets aside: all actions, scopes and kinds of text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

import pytest

from tests.repositories import Repository, needs_git, new_repository
from tierlsp.actions.catalogue import ACTIONS, Group
from tierlsp.actions.gathered import NothingThere
from tierlsp.actions.offer import Menu, Offer, offers
from tierlsp.actions.plan import ASSUMED_CALLS, Known
from tierlsp.actions.runner import Preview
from tierlsp.actions.scope import ScopeError
from tierlsp.actions.types import ActionRequest, Diagnostic, Document, Extent, Place, Span, nothing_at
from tierlsp.assemble.actions import ActionParts, Lasting, Surroundings, assemble_actions, find_keys
from tierlsp.assemble.own_actions import own_actions
from tierlsp.backends.chat import TokenUsage
from tierlsp.cli.settings import read_settings
from tierlsp.clock import SystemClock
from tierlsp.routing.facts import Kind

pytestmark = needs_git

SETTINGS = """
[backends.work]
kind = "litellm"
baseUrl = "http://127.0.0.1:9"
apiKeyEnv = "WORK_KEY"
[tiers]
cheap = ["work/small"]
premium = ["work/large"]
[prices."work/small"]
input = 1
output = 2
[prices."work/large"]
input = 10
output = 50
[budget]
monthlyUsd = 1000
premiumUsd = 1000
actionUsd = 100
[privacy]
cloud = "allow"
[actions.shorten]
title = "Make it shorter"
prompt = "Make it shorter."
answer = "edit"
[actions.whole]
title = "Say what is in this file"
prompt = "Say what is in it."
answer = "text"
scope = "file"
"""

WORDS = "use the helper of the other module here, and keep what callers see of it as it is now, but for the name\n" * 8
"""What a person writes, in some lines."""

FUNCTION = '''def area_{n}(radius, other):
    """Return the area."""
    total = radius * helper_{n}(other)
    for item in other:
        if item > total:
            total += item * 2
    return total


'''
SHORT = "import os\n\nfrom helpers import helper_0\n\n\n" + FUNCTION.format(n=0)
LONG = "import os\n\n\n" + "".join(FUNCTION.format(n=n) for n in range(110))
CLASS = "class Shape:\n" + "".join(
    "    " + line if line.strip() else line for line in FUNCTION.format(n=1).splitlines(keepends=True)
)
ROW = "        0x1f, 0b1011, '𝄞ж漢', {1: 2}, -3.5e-7, # ░▒▓\n"
DENSE = f"import os\n\n\ndef table():\n    return [\n{ROW * 120}    ]\n"
"""Many tokens for its length."""

SQL = "SELECT a, b FROM orders JOIN items ON orders.id = items.order_id WHERE orders.total > 5;\n" * 4
TEXTS: Mapping[str, tuple[str, str, str]] = {
    "short": ("src/area.py", "python", SHORT),
    "long": ("src/long.py", "python", LONG),
    "class": ("src/shape.py", "python", CLASS),
    "dense": ("src/dense.py", "python", DENSE),
    "sql": ("src/query.sql", "sql", SQL),
    "message": (".git/COMMIT_EDITMSG", "git-commit", "\n# Please enter the commit message.\n"),
}


FREE = {Kind.NAMES, Kind.COMMIT, Kind.SQL}
"""Not in the menu of that text, or served by the model on this machine."""

MOST_FULL = {Kind.TESTS: 6.0, Kind.COMMIT: 3.0}
MOST_BARE = {Kind.COMMIT: 25.0, Kind.REVIEW: 12.0, Kind.AUDIT: 12.0, Kind.REFACTOR_FILES: 12.0}
"""How many times as much a menu may say as is set aside, where that is not the usual. A message is priced for the
longest diff that is sent, what is not committed and a folder for four calls, files for as many as are sent at most."""


@dataclass(frozen=True)
class Priced:
    """One entry of a menu, and what its run comes to."""

    kind: Kind
    what: str
    shown_usd: Decimal
    reserved_usd: Decimal

    @property
    def factor(self) -> float:
        return float(self.shown_usd / self.reserved_usd)


@asynccontextmanager
async def parts_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ActionParts]:
    home = root.parent / "home"
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    file = home / "config.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(SETTINGS, encoding="utf-8")
    settings = read_settings(file, (), root)
    keys, _ = find_keys(settings, {"WORK_KEY": "sk-test-0123456789"}, has_keyring=False)
    lasting = Lasting(SystemClock())
    parts = assemble_actions(settings, lasting, keys, Surroundings(folders=lambda: [root], may_connect=False))
    assert parts.problems == ()
    try:
        yield parts
    finally:
        await parts.aclose()
        await lasting.aclose()


def menus(document: Document, root: Path) -> list[Menu]:
    """Return the menus of a document: with the cursor in the middle, and with all of its lines selected."""
    count = len(document.lines)
    middle = min(count - 1, max(0, count // 2))
    at, end = Place(middle, min(4, len(document.lines[middle]))), Place(count - 1, 0)
    spans = [Span(at, at), Span(Place(0, 0), end)]
    problem = Diagnostic(Span(at, Place(middle, len(document.lines[middle]))), "undefined name 'helper'", source="lint")
    return [Menu(document, span, (problem,), frozenset(Group), root=root) for span in spans]


def picked(offer: Offer, menu: Menu, parts: ActionParts, shown_usd: Decimal) -> ActionRequest:
    """Return what `tierlsp.run` is sent for an entry."""
    own = own_actions(parts.settings).get(offer.name) if offer.kind is Kind.OWN else None
    document, root = menu.document, menu.root
    assert root is not None
    if offer.extent is not None:
        document = nothing_at(root)
    return ActionRequest(
        run="r1",
        kind=offer.kind,
        document=document,
        span=menu.span if offer.extent is None else Span(Place(0, 0), Place(0, 0)),
        root=root,
        scope=own.scope if own is not None else None,
        diagnostics=menu.diagnostics if offer.extent is None else (),
        instruction=WORDS if offer.needs_instruction else "",
        choice=offer.choice,
        tier=own.tier if own is not None else None,
        max_usd=shown_usd.quantize(Decimal("0.000001"), rounding=ROUND_CEILING),
        extent=offer.extent,
        folder=document.path if offer.extent is not Extent.FOLDER else root / "src",
        own=own,
    )


def reserved(preview: Preview, parts: ActionParts) -> Decimal:
    """Return the most that is set aside or spent at a time, as `RunCaller` counts it: calls come one after the other.

    Of files that are found when a run begins there may be more than the price is for: then it ends where that is spent.
    """
    prices, now = parts.router.pricing, parts.router.pricing.now()
    prompts = [preview.plan.parts] if preview.survey is None else preview.survey.prompts[:ASSUMED_CALLS]
    facts = preview.plan.facts if preview.survey is None else preview.survey.facts
    model = preview.routed.decision.model
    assert model is not None
    most = spent = Decimal(0)
    for prompt in prompts:
        texts = [part.text for part in prompt]
        usage = TokenUsage(input_tokens=prices.tokens_in(model, texts), output_tokens=facts.likely_output_tokens)
        highest, likely = prices.highest(model, texts, facts.max_output_tokens, now), prices.cost(model, usage, now).usd
        assert highest is not None and likely is not None
        most = max(most, spent + highest)
        spent += likely
    return most


async def priced(parts: ActionParts, document: Document, root: Path) -> list[Priced]:
    """Return all entries of the menus of a document. That each run begins, and with the model shown, is seen here."""
    found = []
    for menu in menus(document, root):

        def known(kind: Kind, span: Span = menu.span) -> Known:
            return parts.known(ActionRequest("", kind, document, span, root), is_free=True)

        for offer in offers(menu, known, tuple(own_actions(parts.settings).values())):
            route = parts.route(offer.facts)
            assert route.quote is not None and route.quote.max_usd is not None, (offer, route.decision)
            shown, extent = route.quote.max_usd, offer.extent.value if offer.extent else offer.scope.value
            if shown == 0:
                # For a model on this machine there is nothing to set aside.
                continue
            try:
                preview = await parts.runner.preview(picked(offer, menu, parts, shown))
            except (ScopeError, NothingThere):
                # Only the workspace says that nobody knows how to test this here, or that the folder has no code.
                assert offer.kind is Kind.TESTS or offer.extent is Extent.FOLDER, offer
                assert document.language != "python"
                continue
            decision = preview.routed.decision
            assert decision.model == route.decision.model, (offer, decision.removed)
            found.append(Priced(offer.kind, f"{offer.choice}·{extent}", shown, reserved(preview, parts)))
    return found


def full(root: Path) -> Repository:
    """A workspace with more of everything than any share holds."""
    repository = new_repository(root, area_py="a = 1\n")
    rules = "# Style\n" + "Names say what a thing is for, and lines are short; `x9#` marks it.\n" * 400
    repository.write("AGENTS.md", rules)
    repository.write("CONTRIBUTING.md", rules)
    repository.write(".editorconfig", "[*]\nindent_size = 4\n" * 50)
    repository.write("schema.sql", "".join(f"CREATE TABLE orders (id INT, c{n} TEXT);\n" for n in range(400)))
    helpers = "".join(f"def helper_{n}(other):\n    return [each * {n} for each in other]\n\n\n" for n in range(120))
    for n in range(14):
        repository.write(f"src/helpers_{n}.py", helpers)
        uses = "".join(f"print(area_{m}(1, [2]), Shape(), Area(3), table())\n" for m in range(110))
        repository.write(f"src/uses_{n}.py", f"from area import area_0\n\n{uses}")
        tests = "".join(f"def test_{m}():\n    assert area_0(1, [2])\n\n\n" for m in range(90))
        repository.write(f"tests/test_area_{n}.py", tests)
    repository.commit()
    for n in range(6):
        repository.write(f"src/helpers_{n}.py", helpers.replace("each *", "each +"))
    repository.write("src/staged.py", helpers * 6)
    repository.git("add", "src/staged.py")
    return repository


def bare(root: Path) -> Repository:
    """A workspace with one changed file and nothing besides."""
    repository = new_repository(root, area_py="a = 1\n")
    repository.write("area.py", "a = 2\n")
    repository.git("add", "area.py")
    return repository


async def prices_of(
    make: Callable[[Path], Repository], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Priced]:
    repository = make(tmp_path / "work")
    name, language, code = TEXTS[text]
    path = repository.write(name, code)
    document = Document(path.as_uri(), path, language, 1, tuple(code.split("\n")))
    async with parts_for(repository.root, monkeypatch) as parts:
        return await priced(parts, document, repository.root)


@pytest.mark.parametrize("text", TEXTS)
async def test_where_there_is_more_than_can_be_sent_no_run_sets_aside_more_than_the_menu_said(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """**Law:** nothing is spent beyond what was shown; and what was offered is not turned down when it is picked."""
    found = await prices_of(full, text, tmp_path, monkeypatch)
    for each in found:
        assert 1.0 <= each.factor <= MOST_FULL.get(each.kind, 5.0), each
    if text == "short":
        assert {each.kind for each in found} == ({action.kind for action in ACTIONS} - FREE) | {Kind.OWN}


@pytest.mark.parametrize("text", ["class", "sql", "message"])
async def test_where_there_is_nothing_else_to_send_the_menu_says_some_times_as_much_and_no_more(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A menu looks at no disk, so it counts as much of the workspace as may be sent."""
    for each in await prices_of(bare, text, tmp_path, monkeypatch):
        assert 1.0 <= each.factor <= MOST_BARE.get(each.kind, 7.0), each
