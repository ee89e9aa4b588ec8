"""How far the routing rules agree with the labelled actions, beside other ways to choose.

    python -m bench.routing_peers [--json]
    python -m bench.routing_peers --sensitivity    # with the points of one rule at a time a fifth lower and higher
    python -m bench.routing_peers --ask-litellm    # in an environment that has litellm; rewrites its verdicts

The labels say whether the rules are consistent with three sentences about work; they are no measure of quality
(`tests/unit/routing/labelled/open.toml`). LiteLLM's complexity router sees words alone, so it gets the description of
the work as a person would write it, with language, path and sizes; its verdicts are kept beside the labels, so that
this needs no litellm. It is shown with its own limits between tiers, and with the limit that is best for it on these
very actions at no more than the premium share that is allowed, which no one could know beforehand.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import statistics
import tomllib
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any
from unittest.mock import MagicMock

from bench.routing_labels import FOLDER, HALVES, Agreement, Labelled, agreement, read_half
from tierlsp.routing.candidates import Candidate
from tierlsp.routing.decide import decide
from tierlsp.routing.facts import Kind
from tierlsp.routing.policy import Policy, policy_of
from tierlsp.routing.shipped import shipped_rules
from tierlsp.routing.tiers import Tier

VERDICTS = FOLDER / "litellm.toml"

MOST_SHARE = 0.35
"""The goal: premium-worthy work is found with no more than this share of all work in the premium tier."""

RANDOM_RUNS = 200

_PREMIUM_KINDS = (Kind.PLAN, Kind.REVIEW, Kind.AUDIT, Kind.REFACTOR_FILES)

CANDIDATES = (
    Candidate("local/model", Tier.LOCAL, is_local=True, context_tokens=32_768),
    Candidate("cheap/model", Tier.CHEAP, context_tokens=131_072, long_context_tokens=65_536),
    Candidate("premium/model", Tier.PREMIUM, context_tokens=1_000_000, long_context_tokens=400_000),
)

_HEAD = """# What LiteLLM's complexity router says of the labelled actions, offline.
#
# litellm {version}, its heuristic classifiers with default settings; no model was asked.
# LITELLM_LOCAL_MODEL_COST_MAP=True python -m bench.routing_peers --ask-litellm
#
# tier, score: `classifier_type: heuristic`. v2, simple: `heuristic_v2`, and how likely it finds a simple model enough.
"""


def ours(policy: Policy) -> Callable[[Labelled], bool]:
    """Return whether our rules send an action to the premium tier."""
    return lambda action: decide(action.facts, CANDIDATES, policy).tier is Tier.PREMIUM


def rows(actions: Sequence[Labelled], policy: Policy) -> dict[str, Agreement]:
    """Return how each way to choose agrees with the labels."""
    verdicts = read_verdicts()
    mine = agreement(actions, ours(policy))
    upper = {"COMPLEX", "REASONING"}
    return {
        "rules": mine,
        "kind alone": agreement(actions, lambda each: each.facts.kind in _PREMIUM_KINDS),
        "always cheap": agreement(actions, lambda _: False),
        "always premium": agreement(actions, lambda _: True),
        "random, same share": _random(actions, mine.sent),
        "LiteLLM heuristic": agreement(actions, lambda each: verdicts[each.id]["tier"] in upper),
        "LiteLLM heuristic, best limit": _best(actions, lambda each: verdicts[each.id]["score"]),
        "LiteLLM heuristic_v2": agreement(actions, lambda each: verdicts[each.id]["v2"] in upper),
        "LiteLLM heuristic_v2, best limit": _best(actions, lambda each: -verdicts[each.id]["simple"]),
    }


def sensitivity(actions: Sequence[Labelled]) -> list[Agreement]:
    """Return the agreement with the points of each row of the rules' file a fifth lower and higher, one at a time."""
    rules = shipped_rules()
    by_row: dict[tuple[str, int], list[str]] = {}
    for rule in rules.rules:
        if rule.points:
            name = rule.id.partition(":")[0] if rule.language or rule.area else rule.id
            by_row.setdefault((name, rule.points), []).append(rule.id)
    found = []
    for (_, points), names in by_row.items():
        step = max(1, round(points / 5))
        for changed in (points - step, points + step):
            policy, _ = policy_of(rules, points=dict.fromkeys(names, changed))
            found.append(agreement(actions, ours(policy)))
    return found


def read_verdicts() -> Mapping[str, Mapping[str, Any]]:
    """Return LiteLLM's verdicts by the action's id."""
    return tomllib.loads(VERDICTS.read_text(encoding="utf-8"))


def prompt_of(action: Labelled) -> str:
    """Return the action in words, as a person would send it to a chat."""
    facts = action.facts
    files = "one file" if facts.files == 1 else f"{facts.files} files"
    errors = f", {facts.errors} errors" if facts.errors else ""
    about = f"{facts.kind}, {facts.language}, {action.path}, {files}, {facts.lines} lines{errors}"
    return f"{action.work}\n\n({about})"


def ask_litellm(policy: Policy) -> str:
    """Return the text of the file of verdicts."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or its import fetches a price list
    first, second = litellm_router("heuristic"), litellm_router("heuristic_v2")
    text = _HEAD.format(version=importlib.metadata.version("litellm"))
    for action in (action for half in HALVES for action in read_half(half, policy)):
        prompt = prompt_of(action)
        tier, score, _ = first.classify(prompt)
        outcome = second._classify_with_heuristic_v2(prompt)
        simple = outcome.heuristic_v2_forecast["probabilities"]["SIMPLE"]
        values = f'tier = "{tier.value}", score = {score:.4f}, v2 = "{outcome.tier.value}", simple = {simple:.4f}'
        text += f"\n{action.id} = {{ {values} }}"
    return text + "\n"


def litellm_router(classifier: str) -> Any:
    """Return LiteLLM's complexity router with its default limits; `ImportError` without litellm."""
    module = importlib.import_module("litellm.router_strategy.complexity_router.complexity_router")
    tiers = {"SIMPLE": "a", "MEDIUM": "b", "COMPLEX": "c", "REASONING": "d"}
    return module.ComplexityRouter("router", MagicMock(), {"classifier_type": classifier, "tiers": tiers})


def _random(actions: Sequence[Labelled], sent: int) -> Agreement:
    """Return the mean of choices by chance."""
    found = []
    for seed in range(RANDOM_RUNS):
        chosen = {action.id for action in Random(seed).sample(actions, sent)}
        found.append(agreement(actions, lambda action, chosen=chosen: action.id in chosen).found)
    return Agreement(round(statistics.mean(found)), sum(action.is_premium for action in actions), sent, len(actions))


def _best(actions: Sequence[Labelled], score: Callable[[Labelled], float]) -> Agreement:
    """Return the agreement at the limit that finds most within the allowed share."""
    limits = {score(action) for action in actions}
    tried = [agreement(actions, lambda action, limit=limit: score(action) >= limit) for limit in limits]
    allowed = [each for each in tried if each.share <= MOST_SHARE]
    return max(allowed, key=lambda each: (each.found, -each.sent), default=agreement(actions, lambda _: False))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--sensitivity", action="store_true", help="change each rule's points by a fifth")
    parser.add_argument("--ask-litellm", action="store_true", help="rewrite LiteLLM's verdicts")
    arguments = parser.parse_args()
    policy, _ = policy_of(shipped_rules())
    if arguments.ask_litellm:
        VERDICTS.write_text(ask_litellm(policy), encoding="utf-8")
        return
    if arguments.sensitivity:
        for half in HALVES:
            found = sensitivity(read_half(half, policy))
            recalls, shares = [each.recall for each in found], [each.share for each in found]
            print(f"{half}: {len(found)} changes, found {min(recalls):.0%} to {max(recalls):.0%}", end=", ")
            print(f"{min(shares):.0%} to {max(shares):.0%} sent to premium")
        return
    report = {half: rows(read_half(half, policy), policy) for half in HALVES}
    if arguments.json:
        figures = {
            half: {name: {"recall": each.recall, "share": each.share} for name, each in table.items()}
            for half, table in report.items()
        }
        print(json.dumps(figures))
        return
    for half, table in report.items():
        print(f"{half}: {next(iter(table.values())).actions} actions")
        for name, each in table.items():
            print(f"  {name:34} found {each.recall:4.0%} of premium-worthy work, {each.share:4.0%} sent to premium")


if __name__ == "__main__":
    main()
