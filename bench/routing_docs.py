"""The tables of `docs/routing.md`, made of the rules and of the labelled actions.

python -m bench.routing_docs    # writes them into the page; a test holds the two equal
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tierlsp
from bench.routing_labels import HALVES, read_half
from bench.routing_peers import rows
from tierlsp.routing.policy import policy_of
from tierlsp.routing.shipped import shipped_rules

PAGE = Path(__file__).parents[1] / "docs" / "routing.md"
RULES = Path(tierlsp.__file__).parent / "routing" / "rules.toml"

_COUNTS = {
    "files": "{} files or more",
    "lines": "{} lines or more",
    "errors": "{} errors or more",
    "warnings": "{} warnings or more",
    "publicNames": "{} names that other code can use, or more",
    "rejections": "turned down or undone {}× or more",
    "failures": "checks failed {}× or more",
}


def rules_table() -> str:
    """Return the rules as a table, one row for each of the file."""
    tree = tomllib.loads(RULES.read_text(encoding="utf-8"))
    lines = ["| rule | actions | when | effect | because |", "|---|---|---|---|---|"]
    for row in tree["rule"]:
        kinds = ", ".join(row.get("kinds", ["all"]))
        text = row["text"].replace("{title}", "(name)").replace("{", "(").replace("}", ")")
        lines.append(f"| `{row['id']}` | {kinds} | {_when(row)} | {_effect(row)} | {text} |")
    return "\n".join(lines)


def groups_table() -> str:
    """Return what the groups of languages and the areas are."""
    tree = tomllib.loads(RULES.read_text(encoding="utf-8"))
    lines = ["| group | is |", "|---|---|"]
    for name, languages in tree["languages"].items():
        lines.append(f"| languages: {name} | {', '.join(f'`{language}`' for language in languages)} |")
    for name, area in tree["areas"].items():
        words = ", ".join(f"`{word}`" for word in area["words"])
        lines.append(f"| area: {name} ({area['title']}) | paths with {words} |")
    for name, words in tree["skills"].items():
        lines.append(f"| made for: {name} | models with {', '.join(f'`{word}`' for word in words)} in their name |")
    return "\n".join(lines)


def labels_table() -> str:
    """Return how the rules and other ways to choose agree with the labels."""
    policy, _ = policy_of(shipped_rules())
    tables = {half: rows(read_half(half, policy), policy) for half in HALVES}
    lines = ["| | open half: found | premium share | sealed half: found | premium share |", "|---|---|---|---|---|"]
    for name in next(iter(tables.values())):
        cells = " | ".join(f"{table[name].recall:.0%} | {table[name].share:.0%}" for table in tables.values())
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


def page_with_tables(page: str) -> str:
    """Return the page with its tables as they are now."""
    for name, table in (("rules", rules_table()), ("groups", groups_table()), ("labels", labels_table())):
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        page, count = pattern.subn(lambda match, table=table: match[1] + table + "\n" + match[2], page)
        if count != 1:
            raise ValueError(f"docs/routing.md has {count} places for the table `{name}`")
    return page


def _when(row: Mapping[str, Any]) -> str:
    parts = []
    if "languages" in row:
        parts.append(f"{row['languages']} languages")
    if "areas" in row:
        parts.append(f"path tells of {', '.join(row['areas'])}")
    if "scopes" in row:
        parts.append(f"scope {', '.join(row['scopes'])}")
    parts += [_COUNTS[name].format(least) for name, least in row.get("min", {}).items()]
    if "warningsOnly" in row:
        parts.append("only warnings" if row["warningsOnly"] else "not with warnings alone")
    return "; ".join(parts) or "always"


def _effect(row: Mapping[str, Any]) -> str:
    if "points" in row:
        return f"{row['points']:+d}" if row["points"] else "0"
    if "floor" in row:
        return f"at least {row['floor']}"
    if "ceiling" in row:
        return f"at most {row['ceiling']}"
    if "up" in row:
        return "one tier up"
    return f"models made for {row['prefer']} first"


def main() -> None:
    PAGE.write_text(page_with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
