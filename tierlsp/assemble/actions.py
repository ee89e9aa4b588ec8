"""Puts together what serves actions. Imported when the first one is asked for."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tierlsp.actions.history import History
from tierlsp.actions.plan import Known
from tierlsp.actions.ports import Routed, Way
from tierlsp.actions.runner import Runner
from tierlsp.actions.types import ActionRequest
from tierlsp.assemble.chat import OpenBackends
from tierlsp.assemble.completion import open_backends
from tierlsp.assemble.gathering import Gathering
from tierlsp.assemble.listing import listing_of, placeholder
from tierlsp.assemble.workspace import Opened, WorkspaceFiles, nothing_open
from tierlsp.backends.keys import ApiKey, find_key
from tierlsp.backends.open import load_chat
from tierlsp.clock import Clock, utc_now
from tierlsp.errors import LedgerError, SettingsError
from tierlsp.privacy.audit import AuditLog, open_audit_log
from tierlsp.privacy.consent import ConsentBook, open_consent_book
from tierlsp.privacy.exclude import Exclusion
from tierlsp.privacy.gate import Gate
from tierlsp.routing.areas import areas_of, names_below
from tierlsp.routing.booking import Bookings
from tierlsp.routing.caller import RunCaller
from tierlsp.routing.facts import Facts, Kind
from tierlsp.routing.fill import fill_tiers
from tierlsp.routing.health import Health
from tierlsp.routing.ledger import Ledger
from tierlsp.routing.ledger_file import FILE_NAME
from tierlsp.routing.means import Means
from tierlsp.routing.pick import pick
from tierlsp.routing.policy import policy_of
from tierlsp.routing.price_table import load_table
from tierlsp.routing.pricing import Pricing, book_of
from tierlsp.routing.retry import RetryBudget
from tierlsp.routing.router import Route, Router
from tierlsp.routing.shelf import LocalShelf
from tierlsp.routing.shipped import shipped_rules
from tierlsp.routing.slots import Slots
from tierlsp.routing.spend import Caps, Spent
from tierlsp.settings import Settings
from tierlsp.settings.paths import default_config_file, state_dir

logger = logging.getLogger(__name__)

Keys = Mapping[str, ApiKey]
"""API keys by the variable that holds them."""


def open_ledger() -> Ledger:
    """Return the ledger in the user's state directory.

    Raises:
        SettingsError: the user has no home directory.
    """
    return Ledger(state_dir() / FILE_NAME, utc_now)


class Lasting:
    """What outlives a change of the settings: money, answers, audit, health, history."""

    def __init__(self, clock: Clock, tell: Callable[[str, str], None] = lambda name, sentence: None) -> None:
        """`tell` is given a provider's or model's name and a sentence for the person."""
        self.clock = clock
        self.chance = Random()
        self.ledger = open_ledger()
        self.bookings = Bookings(self.ledger, clock)
        self.health = Health(clock, self.chance, tell)
        self.budget = RetryBudget(clock)
        self.slots = Slots()
        self.history = History()
        self.consent: ConsentBook = open_consent_book()
        self.audit: AuditLog = open_audit_log()
        self.spent: Spent | None = None
        """What the ledger said last."""

    async def refresh_spent(self) -> None:
        """Ask the ledger what is spent; what it said last stands where it cannot be read."""
        with suppress(LedgerError):
            self.spent = await self.ledger.spent()

    async def aclose(self) -> None:
        """Write what is still to be written, and close the ledger."""
        await self.bookings.wait_written()
        await self.ledger.aclose()


@dataclass(frozen=True, slots=True)
class ActionParts:
    """What serves actions under one set of settings."""

    settings: Settings
    runner: Runner
    router: Router
    gate: Gate
    directory: OpenBackends
    lasting: Lasting
    problems: tuple[str, ...]
    """Sentences on settings that cannot be used."""
    remembered: dict[Path, bool]
    """Whether a directory may use cloud models, as far as was looked: a menu touches no disk."""

    def route(self, facts: Facts) -> Route:
        """Return the route for `facts`, from memory."""
        return self.router.route(facts)

    def known(self, request: ActionRequest, *, is_free: bool) -> Known:
        """Return what is known of `request` besides itself; from memory where it must cost nothing."""
        path = request.document.path
        return Known(
            areas=areas_of(names_below(path, request.root), self.router.policy.areas) if path is not None else (),
            past=self.lasting.history.past(request, self.lasting.clock.now_ms()),
            may_use_cloud=self.may_use_cloud(directory_of(request), is_free=is_free),
            listing=self._listing(request, is_free=is_free),
        )

    def _listing(self, request: ActionRequest, *, is_free: bool) -> tuple[str, ...]:
        """Return the names of the project's files for a plan, else nothing."""
        if request.kind is not Kind.PLAN or request.root is None:
            return ()
        return placeholder() if is_free else listing_of(request.root, self.gate.exclusion)

    def may_use_cloud(self, directory: Path | None, *, is_free: bool) -> bool:
        """Whether cloud models are not forbidden for `directory`; that they are still asked about is no no."""
        cloud = self.settings.privacy.cloud
        if cloud == "never" or directory is None:
            return cloud != "never"
        if is_free and directory in self.remembered:
            return self.remembered[directory]
        if is_free:
            return True
        answer = self.lasting.consent.answer_for(directory, cloud) != "never"
        self.remembered[directory] = answer
        return answer

    async def aclose(self) -> None:
        """Close every connection. What lasts is left to its owner."""
        self.router.shelf.close()
        await self.directory.aclose()
        for backend in self.router.shelf.backends:
            await backend.aclose()


def warm() -> None:
    """Read the tables that come with the package, while nobody waits."""
    shipped_rules()
    load_table()
    load_chat()


def find_keys(settings: Settings, environ: Mapping[str, str], *, has_keyring: bool = True) -> tuple[Keys, list[str]]:
    """Return the API keys that are found, and a sentence for each that cannot be one.

    The keyring may ask another process, or the person: with it, call this in a thread.
    """
    keys: dict[str, ApiKey] = {}
    problems: list[str] = []
    for variable in dict.fromkeys(each.api_key_env for each in settings.backends.values() if each.api_key_env):
        try:
            found = find_key((variable,), environ=environ, keyring=None if has_keyring else lambda name: None)
        except SettingsError as error:
            problems.append(str(error))
        else:
            keys |= {variable: found.key} if found else {}
    return keys, problems


async def at_once() -> None:
    """Do not wait."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What actions need of the session, or of the command, that they run in."""

    completing: Callable[[], str | None] = lambda: None
    """Gives `backend/model` of the local model that completes."""
    folders: Callable[[], Sequence[Path]] = tuple
    """Gives the workspace's folders."""
    before_local: Callable[[], Awaitable[None]] = at_once
    """Returns when a model on this machine may be asked, since completions go first."""
    opened: Opened = nothing_open
    """Gives the documents that are open in the editor and may be read, for a run."""
    may_connect: bool = True
    """Whether the servers on this machine may be asked what they have."""


def assemble_actions(settings: Settings, lasting: Lasting, keys: Keys, around: Surroundings) -> ActionParts:
    """Build what serves actions.

    Args:
        settings: what the person wants.
        lasting: what outlives them.
        keys: the API keys that were found.
        around: the session or the command.
    """
    lasting.health.settings_changed()
    router, problems = _router_for(settings, lasting, keys, around)
    gate = _gate_for(settings, lasting, keys)
    exclusion = Exclusion(settings.privacy.exclude)
    directory = OpenBackends(settings, keys, router.shelf, router.pricing.book)
    means = _means_for(router, directory, lasting, around)

    def begin(request: ActionRequest) -> Way:
        clearance = gate.begin(request.root, run=request.run, folders=around.folders())
        return Way(RunCaller(means, clearance), clearance)

    parts: list[ActionParts] = []
    runner = Runner(
        _Routes(router, lasting),
        begin,
        lambda request: parts[0].known(request, is_free=False),
        escalate=settings.routing.escalate,
        own_paths=_own_paths(),
        gathers=Gathering(exclusion, lasting.clock, around.opened),
        reads=WorkspaceFiles(exclusion, lasting.clock, around.opened),
        is_excluded=exclusion.excludes,
    )
    parts.append(ActionParts(settings, runner, router, gate, directory, lasting, problems, {}))
    return parts[0]


def _router_for(
    settings: Settings, lasting: Lasting, keys: Keys, around: Surroundings
) -> tuple[Router, tuple[str, ...]]:
    """Return the router, and a sentence for each setting that it cannot use."""
    budget = settings.budget
    policy, problems = policy_of(
        shipped_rules(),
        points=settings.routing.points,
        when_spent=budget.when_spent,
        escalate=settings.routing.escalate,
    )
    near = [backend for backend in open_backends(settings) if settings.backends[backend.spec.name].is_loopback]
    router = Router(
        tiers=fill_tiers(settings, keys.__contains__),
        backends=settings.backends,
        policy=policy,
        strategy=settings.routing.strategy,
        pricing=Pricing(book_of(settings), utc_now),
        caps=Caps(budget.monthly_usd, budget.premium_usd, budget.action_usd),
        health=lasting.health,
        shelf=LocalShelf(lasting.clock, near, around.completing, is_assumed=not around.may_connect),
        spent=lambda: lasting.spent,
        seed=lambda: lasting.chance.getrandbits(32),
    )
    return router, problems


def _gate_for(settings: Settings, lasting: Lasting, keys: Keys) -> Gate:
    return Gate(
        exclusion=Exclusion(settings.privacy.exclude),
        consent=lasting.consent,
        privacy=settings.privacy,
        audit=lasting.audit,
        now=utc_now,
        known_secrets=lambda: [key.reveal() for key in keys.values()],
    )


def _means_for(router: Router, directory: OpenBackends, lasting: Lasting, around: Surroundings) -> Means:
    return Means(
        directory=directory,
        prices=router.pricing,
        bookings=lasting.bookings,
        health=lasting.health,
        budget=lasting.budget,
        slots=lasting.slots,
        clock=lasting.clock,
        chance=lasting.chance,
        now=utc_now,
        caps=lambda: router.caps,
        # The route has the strategy in it; here only who is well comes first.
        rank=lambda models, states: pick(models, states, "ordered", 0),
        before_local=around.before_local,
    )


class _Routes:
    """The router as a run sees it: with what the ledger and the servers say now."""

    def __init__(self, router: Router, lasting: Lasting) -> None:
        self._router = router
        self._lasting = lasting

    async def route(self, request: ActionRequest, facts: Facts) -> Routed:
        """Return the decision for `facts`, and what it may cost."""
        await asyncio.gather(self._router.shelf.look(), self._lasting.refresh_spent())
        route = self._router.route(facts, max_usd=request.max_usd)
        decision = route.decision
        models: Iterable[str] = (*decision.candidates, *(model for _, each in decision.higher for model in each))
        hosts = {model: self._router.host_of(model) for model in models}
        here = frozenset(filter(self._router.is_here, hosts))
        return Routed(decision, route.quote, hosts, here, route.higher_usd, route.room_tokens, route.longest_tokens)


def directory_of(request: ActionRequest) -> Path | None:
    """Return the directory whose consent counts for `request`, as the gate sees it."""
    if request.root is not None:
        return request.root
    return request.document.path.parent if request.document.path is not None else None


def _own_paths() -> list[Path]:
    """Return where this program's settings and state are."""
    found = []
    with suppress(SettingsError):
        found.append(default_config_file(os.environ).parent)
    with suppress(SettingsError):
        found.append(state_dir())
    return found
