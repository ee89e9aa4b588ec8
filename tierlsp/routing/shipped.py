"""The rules that come with the package (`rules.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from tierlsp.routing.rule_reading import read_rules
from tierlsp.routing.rules import Rules


@cache
def shipped_rules() -> Rules:
    """Return the rules that come with the package, read once."""
    return read_rules(tomllib.loads((Path(__file__).parent / "rules.toml").read_text(encoding="utf-8")))
