"""Other projects' published rules: when they ask, wait, keep, abort and look ahead.

Their rules, not their code: prompts are laid out as the model's template does, windows are cut by whole lines, and
what they do to the text of an answer is left out. Figures measured on the real programs are rarer than rules read in
their sources; `docs/performance.md` says which is which.
"""

from __future__ import annotations

from bench.replay.policy import Maker, Policy, World
from bench.replay.rules import Moment, RulePolicy, Rules


def tabby_ms(moment: Moment) -> float:
    """Return the wait of tabby-agent: the mean gap, scaled by the place, less the model's own time."""
    if moment.mean_backend_ms is None:
        return 0.0
    score = 0.4 + (0.0 if moment.typed[-1:].isalnum() or moment.typed[-1:] == "_" else 0.5)
    mean_gap_ms = 200.0 if moment.mean_gap_ms is None else min(400.0, max(100.0, moment.mean_gap_ms))
    backend_ms = 0.0 if moment.is_kept else moment.mean_backend_ms
    return min(1000.0, max(100.0, (3.0 - 1.5 * score) * mean_gap_ms - backend_ms))


def cody_ms(moment: Moment) -> float:
    """Return the wait of Cody: none on a fresh line, else 25 ms for the newest."""
    return 25.0 if moment.typed.strip() else 0.0


RULES = {
    "tabby-agent": Rules(debounce_ms=tabby_ms, kept_answers=100, above_lines=20, below_lines=20),
    "Cody on Ollama": Rules(
        debounce_ms=cody_ms,
        looks_first=True,
        kept_answers=250,
        shows_first_line=True,
        above_lines=250,
        below_lines=3,
    ),
    "Continue": Rules(debounce_ms=350.0, busy="join", above_lines=50, below_lines=20, max_tokens=256),
    "llama.vim": Rules(
        ask_after_ms=0.0,
        looks_first=True,
        kept_answers=250,
        busy="wait",
        retry_ms=100.0,
        speculates=True,
        above_lines=256,
        below_lines=64,
        stop=(),
        max_tokens=128,
        longest_ms=1000.0,
    ),
    "llama.vscode": Rules(
        looks_first=True,
        kept_answers=250,
        busy="wait",
        retry_ms=150.0,
        speculates=True,
        above_lines=256,
        below_lines=64,
        stop=(),
        max_tokens=128,
        longest_ms=2500.0,
    ),
    "minuet": Rules(
        debounce_ms=400.0, ask_after_ms=0.0, interval_ms=1000.0, kept_answers=1, looks_first=True,
        above_lines=300, below_lines=100, max_tokens=128, longest_ms=3000.0,
    ),
    "lsp-ai": Rules(interval_ms=1000.0, busy="overlap", above_lines=60, below_lines=20, stop=()),
    "llm-ls": Rules(ask_after_ms=150.0, busy="abort", above_lines=60, below_lines=20),
    "helix-gpt": Rules(debounce_ms=200.0, busy="abort", above_lines=200, below_lines=200),
}  # fmt: skip
"""The windows of minuet and helix-gpt (16,000 characters, the whole file) are given in lines of about 40 characters."""


def peer(name: str) -> Maker:
    """Return a peer's rules as a policy."""

    def make(world: World) -> Policy:
        return RulePolicy(world, RULES[name])

    return make
