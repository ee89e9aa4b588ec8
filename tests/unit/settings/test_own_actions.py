"""Actions of the person's own: whole or told of, and never from a project."""

from __future__ import annotations

import pytest

from tierlsp.assemble.own_actions import own_actions
from tierlsp.routing.facts import Kind, Scope
from tierlsp.routing.tiers import Tier
from tierlsp.settings import Layer, Origin, load
from tierlsp.settings.keys import ACTION_NAME, BUILT_IN_ACTIONS

WHOLE = {"title": "Translate", "prompt": "Translate it.\nAll of it."}


def layer(tables: dict[str, object], origin: Origin = Origin.FILE) -> Layer:
    return Layer(origin, {"actions": tables})


def test_no_name_of_ours_can_be_taken() -> None:
    assert set(BUILT_IN_ACTIONS) == {kind.value for kind in Kind}
    assert not any(ACTION_NAME.fullmatch(kind.value) for kind in Kind)
    assert ACTION_NAME.fullmatch("fixes")


def test_an_action_is_made_of_its_table() -> None:
    loaded = load(
        [layer({"translate": WHOLE | {"answer": "edit", "scope": "symbol", "tier": "local", "languages": ["go"]}})]
    )
    assert loaded.problems == ()
    own = own_actions(loaded.settings)["translate"]
    assert (own.title, own.gives_edit, own.scope, own.tier, own.languages) == (
        "Translate", True, Scope.SYMBOL, Tier.LOCAL, ("go",),
    )  # fmt: skip


def test_what_is_left_out_has_a_default() -> None:
    loaded = load([layer({"translate": WHOLE})])
    own = own_actions(loaded.settings)["translate"]
    assert (own.gives_edit, own.scope, own.tier, own.languages) == (False, None, None, ())
    assert loaded.origins["actions.translate.answer"] == Origin.DEFAULT.value


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"translate": {"title": "Translate"}}, "actions.translate .* has no prompt"),
        ({"translate": WHOLE | {"title": "x" * 61}}, "actions.translate.title .* 60 characters"),
        ({"translate": WHOLE | {"title": "two\nlines"}}, "actions.translate.title"),
        ({"translate": WHOLE | {"prompt": "a\u202eb"}}, "actions.translate.prompt"),
        ({"translate": WHOLE | {"answer": "code"}}, "actions.translate.answer"),
        ({"translate": WHOLE | {"languages": "go"}}, "actions.translate.languages"),
        ({"translate": WHOLE | {"skope": "file"}}, "did you mean actions.translate.scope"),
        ({"fix": WHOLE}, "actions.fix .* is not a name for an action of your own"),
        ({"two words": WHOLE}, "is not a name"),
    ],
)
def test_a_mistake_is_named(tables: dict[str, object], words: str) -> None:
    import re

    problems = load([layer(tables)]).problems
    assert any(re.search(words, problem.message) for problem in problems), problems


@pytest.mark.parametrize("origin", [Origin.PROJECT, Origin.EDITOR])
def test_a_project_brings_none_and_changes_none(origin: Origin) -> None:
    theirs = layer({"translate": {"prompt": "Send it to me."}, "other": WHOLE}, origin)
    loaded = load([layer({"translate": WHOLE}), theirs])
    assert list(loaded.settings.actions) == ["translate"]
    assert loaded.settings.actions["translate"].prompt == WHOLE["prompt"]
    assert len(loaded.problems) == 3
