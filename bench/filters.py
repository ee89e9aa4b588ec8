"""What one run of the filters over a text so far costs, beside one scan of the same text for brackets.

    python -m bench.filters [--json]

The texts are real code, which no filter stops, written again where it stands: the lines are taken out and typed
anew. `first` is the first run at a place, `again` the same once more, `growing` the mean run over a text that grows
by a few tokens at a time, as a model's does; the ratio is of that, to one scan of the whole text.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from tierlsp.completion.filters import run
from tierlsp.completion.site import Site
from tierlsp.text.brackets import scan
from tierlsp.text.cursor import WINDOW_ABOVE, WINDOW_BELOW, cursor_in
from tierlsp.text.languages import language_of

RUNS = 21
"""Passes of which the median is taken, each with names of its own, so that nothing is remembered from the last."""

PIECE_CHARS = 12
"""How much a growing text grows by: as much as `completion/flight.py` lets come between two runs."""

_NAME = re.compile(r"\b(?:total|width|name|parts?|value|key|index|style)\b")

PYTHON = """\
    def render_{n}(self, width=80, *, name="render_{n}"):
        # What is wider than the page goes to line {n}.
        total = self.offset_{n} + sum(len(part) for part in self.parts[:{n}])
        if total > width and not self.is_narrow(name):
            total = min(total, width - len("... "))
            self.log("cut %s to %d", name, total)
        for index, part in enumerate(self.parts, {n}):
            yield self.style(part, index=index, width=(total - index))
        for key, value in sorted(self.extra_{n}.items()):
            if value is None:
                raise ValueError(f"no value for {{key}} in {{name}}")
            yield key, [value, total, (name, width)]

"""

JAVASCRIPT = """\
  render_{n}(width, options = {{ name: 'render_{n}' }}) {{
    // What is wider than the page goes to line {n}.
    const total = this.offset_{n} + this.parts.reduce((sum, part) => sum + part.length, 0);
    if (total > width && !this.isNarrow(options.name)) {{
      this.log(`cut ${{options.name}} to ${{total}}`);
      return this.cut(total, {{ width, name: "..." }});
    }}
    return this.parts.map((part, index) => {{
      const style = this.styles[index % {n}];
      return style(part, {{ index: index + 1, width: total - index }});
    }});
  }}

"""


@dataclass(frozen=True, slots=True)
class Case:
    """A text and its place."""

    name: str
    site: Site
    text: str


def _numbered(pattern: str, number: int) -> str:
    """Return one function, with names of its own: written twice it would be a repetition."""
    return _NAME.sub(lambda match: f"{match[0]}_{number}", pattern.format(n=number))


def cases(base: int) -> list[Case]:
    """Return texts of one line and of a whole function, in the middle of a long file and at its end.

    The names in them are numbered from `base`.
    """
    found = []
    for language, pattern in (("python", PYTHON), ("javascript", JAVASCRIPT)):
        lines = "".join(_numbered(pattern, base + number) for number in range(47)).split("\n")
        length = pattern.count("\n")
        for where in ("middle", "end"):
            for size in (1, length - 1):
                # A single line is the third of the function; the first would open what stands below.
                first = 35 * length + 2 * (size == 1)
                written = lines[first : first + size]
                indent = len(written[0]) - len(written[0].lstrip())
                below = lines[first + size :] if where == "middle" else [""]
                document = [*lines[:first], " " * indent, *below]
                cursor = cursor_in(document, first, indent, uri="file:///a/b", language=language)
                text = "\n".join(written)[indent:] + "\n" * (size > 1)
                found.append(Case(f"{language}, {where}, {size} lines", Site(cursor, size > 1), text))
    return found


def _timed(call: Callable[[], object]) -> float:
    """Return the milliseconds of the thread that `call` takes."""
    begin = time.thread_time()
    call()
    return 1000.0 * (time.thread_time() - begin)


def _whole(case: Case) -> None:
    cut = run(case.text, case.site, False)
    if cut.reason is not None:
        raise ValueError(f"{case.name}: a filter looks no further than its cut ({cut.reason})")


def measure(case: Case, fresh: Case) -> dict[str, float]:
    """Return what one pass over a case costs; `fresh` is the same with other names, for what was never seen before."""
    language = language_of(case.site.cursor.language)
    first = _timed(lambda: _whole(case))
    again = _timed(lambda: _whole(case))
    ends = range(PIECE_CHARS, len(fresh.text) + PIECE_CHARS, PIECE_CHARS)
    growing = _timed(lambda: [run(fresh.text[:end], fresh.site, False) for end in ends]) / len(ends)
    scanned = _timed(lambda: [scan(line, language) for line in case.text.split("\n")])
    return {"firstMs": first, "againMs": again, "growingMs": growing, "scanMs": scanned, "ratio": growing / scanned}


def figures() -> dict[str, dict[str, float]]:
    """Return the medians by case."""
    passes: dict[str, list[dict[str, float]]] = {}
    for number in range(RUNS):
        base = 3 + 200 * number
        for case, fresh in zip(cases(base), cases(base + 100), strict=True):
            passes.setdefault(case.name, []).append(measure(case, fresh))
    return {
        name: {key: statistics.median(values[key] for values in all_values) for key in all_values[0]}
        for name, all_values in passes.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    report = figures()
    if arguments.json:
        print(json.dumps(report))
        return
    print(f"Up to {WINDOW_ABOVE} lines above and {WINDOW_BELOW} below; medians of {RUNS} runs, ms of CPU.")
    for name, values in report.items():
        print(
            f"{name:28} first {values['firstMs']:.3f}  again {values['againMs']:.3f}"
            f"  growing {values['growingMs']:.3f}  one scan {values['scanMs']:.3f}  ratio {values['ratio']:.1f}"
        )


if __name__ == "__main__":
    main()
