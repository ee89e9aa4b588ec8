"""What a workspace of 5,000 files costs when an action looks for what the code uses and who uses it.

    python -m bench.context [--files 5000]

Beside it, in the same run: walking the same folders and reading the same files, and nothing else. And for each action
the tokens that its prompt gains, likely and at most.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random

from tierlsp.actions.catalogue import ACTIONS, Action, Gives
from tierlsp.actions.plan import Known, make_plan, wanted_of
from tierlsp.actions.types import ActionRequest, Document, Place, Span
from tierlsp.actions.workspace import Sample
from tierlsp.actions.workspace_context import convention_parts, excerpt_parts
from tierlsp.assemble.workspace import WorkspaceFiles
from tierlsp.clock import SystemClock
from tierlsp.privacy.exclude import Exclusion
from tierlsp.routing.estimate import tokens_in_messages
from tierlsp.routing.facts import Kind, Scope
from tierlsp.settings import load

ROUNDS = 5
FILES_IN_FOLDER = 40
FUNCTIONS = 30
"""A file has some 10 KB, as the source trees of this project's other benches have."""

FUNCTION = '''\
def {name}(value: int, other: list[int]) -> int:
    """Return what {name} makes of value."""
    total = value + len(other)
    for item in other:
        if item > total:
            total += {used}(item, other)
    return total


'''


def write_workspace(root: Path, files: int) -> None:
    """Write a workspace in which every function uses one of another file."""
    random = Random(1)
    for number in range(files):
        folder = root / f"part_{number // FILES_IN_FOLDER}"
        folder.mkdir(parents=True, exist_ok=True)
        used = [random.randrange(files) for _ in range(FUNCTIONS)]
        names = [f"step_{other}_{random.randrange(FUNCTIONS)}" for other in used]
        imports = "".join(
            f"from part_{other // FILES_IN_FOLDER}.file_{other} import {name}\n"
            for other, name in zip(used, names, strict=True)
        )
        body = "".join(FUNCTION.format(name=f"step_{number}_{at}", used=name) for at, name in enumerate(names))
        (folder / f"file_{number}.py").write_text(f"{imports}\n\n{body}", encoding="utf-8")
    (root / "schema.sql").write_text("create table orders (id bigint, due timestamp);\n", encoding="utf-8")
    rules = "Write short functions. Give every name a reason.\n" * 60
    (root / "AGENTS.md").write_text(f"# Style\n\n{rules}", encoding="utf-8")


def read_all(root: Path) -> int:
    """Walk the folders and read every file; return the bytes."""
    count = 0
    for folder, _, names in os.walk(root):
        for name in names:
            count += len(Path(folder, name).read_bytes())
    return count


def request_for(action: Action, root: Path) -> ActionRequest:
    """Return a request in the middle of the workspace."""
    path = root / "part_1" / "file_50.py"
    text = path.read_text(encoding="utf-8")
    if action.kind is Kind.SQL:
        text += 'db.execute("select id from orders where due < 1")\n'
    lines = tuple(text.split("\n"))
    line = len(lines) - 2 if action.kind is Kind.SQL else lines.index(next(x for x in lines if "step_50_3(" in x)) + 2
    document = Document(path.as_uri(), path, "python", 1, lines)
    at = Span(Place(line, 20 if action.kind is Kind.SQL else 4), Place(line, 20 if action.kind is Kind.SQL else 4))
    words = "make it better" if action.needs_instruction else ""
    scope = Scope.FILE if action.kind in (Kind.REVIEW, Kind.AUDIT) else None
    return ActionRequest("r", action.kind, document, at, root, scope, instruction=words, max_usd=Decimal(1))


def median_ms(times: list[float]) -> float:
    """Return the median of seconds, in milliseconds."""
    return statistics.median(times) * 1000.0


def timed(work: Callable[[], object]) -> float:
    """Return how long `work` takes, in seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def gained(action: Action, request: ActionRequest, sample: Sample) -> tuple[int, int]:
    """Return the tokens that a prompt gains: likely, and the most that its share allows."""
    plan = make_plan(request, Known(sample=sample))
    shares = action.shares_for(plan.job)
    parts = [*convention_parts(sample, request, shares.conventions)]
    parts += excerpt_parts(sample.excerpts, request, shares, is_review=action.gives is Gives.FINDINGS)
    return tokens_in_messages([part.text for part in parts]).likely, shares.total


async def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=5_000)
    files = parser.parse_args().files
    exclude = load([]).settings.privacy.exclude
    with tempfile.TemporaryDirectory() as home:
        root = Path(home)
        write_workspace(root, files)
        size = read_all(root)
        print(f"{files:,} files, {size / 1e6:.0f} MB; milliseconds, medians of {ROUNDS}")
        print(f"{'action':>14}  {'looking':>8}  {'reading':>8}  {'ratio':>5}  {'tokens':>6}  {'most':>6}  cut")
        for action in ACTIONS:
            if not action.shares.total or action.kind is Kind.COMMIT:
                continue
            request = request_for(action, root)
            wanted = replace(wanted_of(make_plan(request, Known())), tests_for="", words=(), folder=None)
            looking, reading, sample = [], [], Sample()
            for _ in range(ROUNDS):
                # A fresh one each time: what it remembers of paths is part of the work.
                files_of = WorkspaceFiles(Exclusion(exclude), SystemClock())
                reading.append(timed(lambda: read_all(root)))
                started = time.perf_counter()
                sample = await files_of(request, wanted)
                looking.append(time.perf_counter() - started)
            likely, most = gained(action, request, sample)
            ratio = median_ms(looking) / median_ms(reading)
            cells = f"{median_ms(looking):>8.0f}  {median_ms(reading):>8.0f}  {ratio:>5.1f}  {likely:>6,}  {most:>6,}"
            print(f"{action.kind.value:>14}  {cells}  {'yes' if sample.is_cut else 'no'}")


if __name__ == "__main__":
    asyncio.run(main())
