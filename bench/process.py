"""The process around the completions, beside a minimal pygls server: start-up, memory, own time, pauses, a storm.

Everything is measured in the same run as the reference point and interleaved with it, since machines drift.

    python -m bench.process [start memory own pauses storm] [--rounds N] [--json]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from bench.keystroke import scripted_ollama
from bench.process_keys import measure_own_time, measure_pauses
from bench.process_start import measure_memory, measure_start
from bench.process_storm import measure_storm

STORM = 5_000

ASKS = 10
"""Requests to the model in a round."""


def measures(rounds: int) -> dict[str, Callable[[str], Any]]:
    """Return what can be measured, by name; each takes the address of a model that answers at once."""
    return {
        "start": lambda ollama: measure_start(ollama, 3 * rounds),
        "memory": lambda ollama: measure_memory(ollama, max(1, rounds // 3)),
        "own": lambda ollama: measure_own_time(3 * rounds, ASKS),
        "pauses": lambda ollama: measure_pauses(ollama, rounds),
        "storm": lambda ollama: measure_storm(STORM),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(measures(1))}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    known = measures(options.rounds)
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"cannot measure {', '.join(unknown)}")
    found: dict[str, Any] = {}
    with scripted_ollama() as ollama:
        for name in options.names or known:
            found[name] = known[name](ollama)
            if not options.json:
                print(f"{name}:")
                for key, value in found[name].items():
                    print(f"  {key}: {value}", flush=True)
    if options.json:
        print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
