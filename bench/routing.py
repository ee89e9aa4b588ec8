"""What one decision costs, with all of its reasons, beside writing that decision as JSON.

    python -m bench.routing [--json]
    python -m bench.routing --litellm    # in an environment that has litellm: its router in the same run

The candidates are twelve models in three tiers, the facts those of the labelled actions and of documents from one line
to a million tokens; a decision sees their sizes, never their text. Times are microseconds of the thread's processor
time, one decision at a time, so that p99 is that of single decisions, and of the quietest of several rounds; `all` is
the median of the rounds, whatever else the machine did. LiteLLM's classifier is given as much text as the prompt has,
at four characters a token.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from bench.routing_labels import HALVES, read_half
from bench.routing_peers import litellm_router
from tierlsp.routing.candidates import Candidate
from tierlsp.routing.decide import decide
from tierlsp.routing.decision import Decision
from tierlsp.routing.explain import route_object
from tierlsp.routing.facts import Facts
from tierlsp.routing.policy import policy_of
from tierlsp.routing.shipped import shipped_rules
from tierlsp.routing.tiers import Tier

ROUNDS = 15
"""How often all of it is measured. The quietest round counts: a decision does not take longer for what others do."""

RUNS = 4
"""How often each of the facts is decided on in a round: some 1,400 decisions, of which p99 leaves out 14."""

GOAL_US = 25
"""p99 of one decision with all reasons."""

PROMPT_TOKENS = (100, 4_000, 30_000, 200_000, 1_000_000)

LITELLM_RUNS = 5
CHARS_A_TOKEN = 4
LITELLM_MOST_CHARS = 128_000

Row = dict[str, float]


def candidates() -> tuple[Candidate, ...]:
    """Return four models in each tier, with windows such as they are sold with."""
    windows = (8_192, 32_768, 131_072, 1_000_000)
    return tuple(
        Candidate(
            f"backend-{tier}/model-{window}",
            tier,
            is_local=tier is Tier.LOCAL,
            context_tokens=window,
            max_output_tokens=64_000,
            long_context_tokens=window // 2,
            skills=frozenset({"sql"}) if window == windows[1] else frozenset(),
        )
        for tier in Tier
        for window in windows
    )


def facts_of(prompt_tokens: int) -> list[Facts]:
    """Return the facts of the labelled actions, with a prompt and a document of this length."""
    policy, _ = policy_of(shipped_rules())
    actions = [action for half in HALVES for action in read_half(half, policy)]
    return [replace(action.facts, prompt_tokens=prompt_tokens, lines=prompt_tokens // 12) for action in actions]


def timed(calls: Callable[[], Iterable[Callable[[], object]]], rounds: int = ROUNDS) -> Row:
    """Return median and p99 of the calls, each timed alone, in microseconds; `calls` gives those of one round."""
    found = []
    for _ in range(rounds):
        times = []
        for call in calls():
            begin = time.thread_time_ns()
            call()
            times.append((time.thread_time_ns() - begin) / 1_000)
        times.sort()
        found.append((times[int(0.99 * (len(times) - 1))], times[len(times) // 2]))
    quiet, all_p99 = min(found), statistics.median(p99 for p99, _ in found)
    return {"p50": quiet[1], "p99": quiet[0], "allP50": statistics.median(p50 for _, p50 in found), "allP99": all_p99}


def figures() -> dict[str, Row]:
    """Return a row for each length of prompt, one for the reference point, and one for what is done once."""
    policy, _ = policy_of(shipped_rules())
    models = candidates()
    table: dict[str, Row] = {}
    for tokens in PROMPT_TOKENS:
        many = facts_of(tokens) * RUNS
        table[f"decide, {tokens:,} tokens"] = timed(
            lambda many=many: (partial(decide, each, models, policy) for each in many)
        )
    made = [decide(facts, models, policy) for facts in facts_of(PROMPT_TOKENS[1]) * RUNS]
    table["that decision as JSON"] = timed(lambda: (partial(_written, decision) for decision in made))
    table["rules made ready, once"] = timed(lambda: [lambda: policy_of(shipped_rules())] * 3)
    return table


def _written(decision: Decision) -> str:
    return json.dumps(route_object(decision, None))


def litellm_figures() -> dict[str, Row]:
    """Return what LiteLLM's heuristic classifier takes for prompts of the same lengths."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    router = litellm_router("heuristic")
    line = "    total = self.offset + sum(len(part) for part in self.parts)\n"
    table = {}
    for tokens in PROMPT_TOKENS:
        chars = min(tokens * CHARS_A_TOKEN, LITELLM_MOST_CHARS)
        text = "refactor this function\n" + line * (chars // len(line))
        table[f"LiteLLM, {chars:,} characters"] = timed(
            lambda text=text: [partial(router.classify, text)], LITELLM_RUNS
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--litellm", action="store_true", help="measure LiteLLM's classifier too")
    arguments = parser.parse_args()
    table = figures()
    if arguments.litellm:
        table |= litellm_figures()
    if arguments.json:
        print(json.dumps(table))
        return
    print(f"Microseconds for one call; the goal for a decision is a p99 of {GOAL_US}.")
    for name, row in table.items():
        quiet = f"p50 {row['p50']:9.1f}  p99 {row['p99']:9.1f}"
        print(f"{name:30} {quiet}   all: p50 {row['allP50']:9.1f}  p99 {row['allP99']:9.1f}")


if __name__ == "__main__":
    main()
