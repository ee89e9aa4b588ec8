"""Reads `rules.toml`: everything in it is checked, and what is wrong is said with the rule's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from tierlsp.errors import SettingsError
from tierlsp.routing.facts import Kind, Scope
from tierlsp.routing.rules import COUNTS, MOST_POINTS, Area, Lengths, Rule, Rules, Thresholds, unsafe_effect
from tierlsp.routing.tiers import Tier
from tierlsp.settings.wording import listed

_CONDITIONS = frozenset({"kinds", "scopes", "languages", "areas", "min", "warningsOnly"})
_EFFECTS = frozenset({"points", "floor", "ceiling", "up", "prefer"})
_SECTIONS = frozenset({"thresholds", "length", "skills", "languages", "areas", "rule"})
_BRACES = re.compile(r"\{(.*?)\}")

_Named = TypeVar("_Named", bound=StrEnum)


class RulesError(SettingsError):
    """The rules cannot be used. `str()` of it names the rule and what is wrong with it."""


def read_rules(tree: Mapping[str, Any]) -> Rules:
    """Return the rules of a TOML file that was parsed.

    Raises:
        RulesError: something in it is unknown, missing or of the wrong kind.
    """
    _only(tree, _SECTIONS, "the rules")
    areas = tuple(_area(name, row) for name, row in _table(tree, "areas", "the rules").items())
    skills = {name: _strings(row, f"skill `{name}`") for name, row in _table(tree, "skills", "the rules").items()}
    languages = _table(tree, "languages", "the rules")
    rules: dict[str, Rule] = {}
    for number, row in enumerate(_rows(tree), 1):
        where = f"rule {number} (`{row.get('id', '')}`)"
        for rule in _expanded(row, languages, {area.name: area.title for area in areas}, where):
            if rule.id in rules:
                raise RulesError(f"{where} stands for `{rule.id}`, which another rule is called already.")
            if rule.prefer and rule.prefer not in skills:
                raise RulesError(f"{where} prefers the skill `{rule.prefer}`, which is not in `[skills]`.")
            rules[rule.id] = rule
    return Rules(tuple(rules.values()), _thresholds(tree), _lengths(tree), skills, areas)


def _expanded(
    row: Mapping[str, Any], languages: Mapping[str, Any], areas: Mapping[str, str], where: str
) -> Iterable[Rule]:
    """Yield the rule, or one for each name of its group."""
    _only(row, _CONDITIONS | _EFFECTS | {"id", "text"}, where)
    if "languages" in row and "areas" in row:
        raise RulesError(f"{where} has `languages` and `areas`; one of them at a time.")
    if "languages" in row:
        group = _table(languages, str(row["languages"]), f"{where}, `[languages]`")
        for name, title in group.items():
            yield _rule(row, where, name=name, title=str(title), language=name)
    elif "areas" in row:
        for name in _strings(row["areas"], f"{where}, `areas`"):
            if name not in areas:
                raise RulesError(f"{where} has the unknown area `{name}`; known are {listed(sorted(areas))}.")
            yield _rule(row, where, name=name, title=areas[name], area=name)
    else:
        yield _rule(row, where)


def _rule(
    row: Mapping[str, Any], where: str, *, name: str = "", title: str = "", language: str = "", area: str = ""
) -> Rule:
    """Return one rule, with the names of its group put in."""
    effects = sorted(_EFFECTS & row.keys())
    if len(effects) != 1:
        raise RulesError(f"{where} must have one effect of {listed(sorted(_EFFECTS), 'or')}, and has {len(effects)}.")
    warnings_only = row.get("warningsOnly")
    if warnings_only is not None and not isinstance(warnings_only, bool):
        raise RulesError(f"{where}: `warningsOnly` must be true or false.")
    rule = Rule(
        id=_filled(_string(row, "id", where), {"name": name}, where),
        text=_filled(_string(row, "text", where), {"name": name, "title": title}, where, COUNTS),
        kinds=_members(Kind, row, "kinds", where),
        scopes=_members(Scope, row, "scopes", where),
        language=language,
        area=area,
        minimums=_minimums(row, where),
        warnings_only=warnings_only,
        points=_number(row, "points", where, least=-MOST_POINTS, most=MOST_POINTS) if "points" in row else 0,
        floor=_tier(row, "floor", where),
        ceiling=_tier(row, "ceiling", where),
        up=_number(row, "up", where, least=1, most=2) if "up" in row else 0,
        prefer=_string(row, "prefer", where) if "prefer" in row else "",
    )
    if cause := unsafe_effect(rule):
        raise RulesError(f"{where} has an effect that it may not have: {cause}.")
    return rule


def _filled(text: str, values: Mapping[str, str], where: str, kept: Iterable[str] = ()) -> str:
    """Return `text` with the group's names in place of their braces; those of the counts stay."""
    for name in _BRACES.findall(text):
        if values.get(name):
            text = text.replace(f"{{{name}}}", values[name])
        elif name not in kept:
            raise RulesError(f"{where} has the unknown name `{{{name}}}` in its id or text.")
    if text.count("{") > 1:
        raise RulesError(f"{where} names more than one count in its text.")
    return text


def _minimums(row: Mapping[str, Any], where: str) -> tuple[tuple[str, int], ...]:
    """Return the fields of `Facts` that `min` names, and the least of each."""
    table = _table(row, "min", where) if "min" in row else {}
    _only(table, frozenset(COUNTS), f"{where}, `min`")
    return tuple((COUNTS[name], _number(table, name, f"{where}, `min`", least=1)) for name in table)


def _members(names: type[_Named], row: Mapping[str, Any], key: str, where: str) -> frozenset[_Named]:
    """Return the members that a list names; all of them without a list."""
    if key not in row:
        return frozenset(names)
    values = _strings(row[key], f"{where}, `{key}`")
    unknown = [value for value in values if value not in set(names)]
    if unknown or not values:
        raise RulesError(f"{where}: `{key}` must name some of {listed(list(names))}, not `{' '.join(unknown)}`.")
    return frozenset(names(value) for value in values)


def _tier(row: Mapping[str, Any], key: str, where: str) -> Tier | None:
    if key not in row:
        return None
    value = _string(row, key, where)
    if value not in set(Tier):
        raise RulesError(f"{where}: `{key}` must be {listed(list(Tier), 'or')}, not `{value}`.")
    return Tier(value)


def _thresholds(tree: Mapping[str, Any]) -> Thresholds:
    table = _table(tree, "thresholds", "the rules")
    _only(table, frozenset({"cheap", "premium", "deadBand"}), "`[thresholds]`")
    cheap, premium, band = (_number(table, key, "`[thresholds]`", least=0) for key in ("cheap", "premium", "deadBand"))
    if cheap + band >= premium - band:
        raise RulesError("`[thresholds]` are so near to each other that their dead bands meet.")
    return Thresholds(cheap, premium, band)


def _lengths(tree: Mapping[str, Any]) -> Lengths:
    table = _table(tree, "length", "the rules")
    keys = ("shortTokens", "midTokens", "midWindow", "marginTokens")
    _only(table, frozenset(keys), "`[length]`")
    return Lengths(*(_number(table, key, "`[length]`", least=0) for key in keys))


def _area(name: str, row: Any) -> Area:
    where = f"area `{name}`"
    if not isinstance(row, Mapping):
        raise RulesError(f"{where} must be a table.")
    _only(row, frozenset({"title", "words"}), where)
    return Area(name, _string(row, "title", where), _strings(row.get("words"), f"{where}, `words`"))


def _rows(tree: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = tree.get("rule")
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise RulesError("the rules must be a list of tables `[[rule]]`.")
    return rows


def _only(table: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise RulesError(f"{where} has the unknown key `{name}`; known are {listed(sorted(known))}.")


def _table(parent: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    value = parent.get(key)
    if not isinstance(value, Mapping):
        raise RulesError(f"{where}: there is no table `{key}`.")
    return value


def _string(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise RulesError(f"{where}: `{key}` must be a text.")
    return value


def _strings(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise RulesError(f"{where} must be a list of texts.")
    return tuple(value)


def _number(row: Mapping[str, Any], key: str, where: str, *, least: int, most: int | None = None) -> int:
    value = row.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < least or (most is not None and value > most):
        end = f" to {most}" if most is not None else " or more"
        raise RulesError(f"{where}: `{key}` must be a whole number, {least}{end}.")
    return value
