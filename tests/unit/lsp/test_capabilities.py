"""What clients announce and what they are answered, for the three captured editors and for nonsense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import converters, types

from tierlsp import __version__
from tierlsp.actions.catalogue import ACTIONS, Group
from tierlsp.lsp.capabilities import (
    COMMANDS,
    KIND_OF_GROUP,
    OFFERED_GROUPS,
    Client,
    client_of,
    initialize_result,
    roots_of,
)
from tierlsp.lsp.handlers.commands import COMMANDS as HANDLERS
from tierlsp.lsp.positions import Encoding

CAPTURES = Path(__file__).parents[2] / "protocol" / "clients"

NVIM, HELIX, VSCODE = "nvim-0.12.4", "helix-25.07.1", "vscode"

CONVERTER = converters.get_converter()


def capture(name: str) -> dict[str, Any]:
    params: dict[str, Any] = json.loads((CAPTURES / f"{name}-initialize.json").read_text(encoding="utf-8"))
    return params


def given(value: Any) -> Any:
    """Return `value` without the keys that say nothing, which the converter writes out."""
    if isinstance(value, dict):
        return {key: given(inner) for key, inner in value.items() if inner is not None}
    return [given(inner) for inner in value] if isinstance(value, list | tuple) else value


ALL_THREE = {
    "has_configuration": True,
    "has_folders": True,
    "has_action_literals": True,
    "can_apply_edits": True,
    "has_versioned_edits": True,
    "can_create_files": True,
    "has_progress": True,
    "can_show_documents": True,
}
"""What Neovim, Helix and VS Code all announce."""


def test_what_the_editors_announce_is_read() -> None:
    shared: dict[str, Any] = {
        "has_inline_completion": True,
        "documentation_kinds": ("markdown", "plaintext"),
        **ALL_THREE,
    }
    assert client_of(capture(NVIM)) == Client(Encoding.UTF8, **shared)
    assert client_of(capture(VSCODE)) == Client(
        Encoding.UTF16, registers_configuration=True, shows_edits_first=True, **shared
    )
    assert client_of(capture(HELIX)) == Client(Encoding.UTF8, **ALL_THREE)


@pytest.mark.parametrize(
    ("experimental", "can_refresh"),
    [
        ({"tierlsp": {"refresh": True}}, True),
        ({"tierlsp": {"refresh": 1}}, False),
        ({"tierlsp": True}, False),
        ([], False),
    ],
)
def test_a_client_is_told_of_better_answers_only_if_it_says_so(experimental: object, can_refresh: bool) -> None:
    assert client_of({"capabilities": {"experimental": experimental}}).can_refresh is can_refresh


@pytest.mark.parametrize(("said", "can_rename"), [(True, True), (1, False), (None, False)])
def test_a_client_is_asked_to_rename_only_if_it_says_so(said: object, can_rename: bool) -> None:
    assert client_of({"capabilities": {"experimental": {"tierlsp": {"rename": said}}}}).can_rename is can_rename


@pytest.mark.parametrize("name", [NVIM, HELIX, VSCODE])
def test_a_folder_of_the_workspace_is_found(name: str) -> None:
    assert roots_of(capture(name)) == ["file:///workspace"]


@pytest.mark.parametrize("name", [NVIM, HELIX, VSCODE, None])
def test_the_result_is_what_lsprotocol_says_it_must_be(name: str | None) -> None:
    """Nothing in it is unknown to the specification, and nothing is written otherwise than there."""
    result = initialize_result(client_of(capture(name) if name else {}))
    structured = CONVERTER.structure(result, types.InitializeResult)
    assert given(CONVERTER.unstructure(structured)) == result


@pytest.mark.parametrize(("name", "has_inline"), [(NVIM, True), (VSCODE, True), (HELIX, False)])
def test_ghost_text_or_the_menu_and_never_both(name: str, has_inline: bool) -> None:
    capabilities = initialize_result(client_of(capture(name)))["capabilities"]
    assert ("inlineCompletionProvider" in capabilities) is has_inline
    assert ("completionProvider" in capabilities) is not has_inline


def test_the_result_says_who_answers() -> None:
    assert initialize_result(Client())["serverInfo"] == {"name": "tierlsp", "version": __version__}


def test_every_command_that_is_announced_is_there_and_no_other() -> None:
    announced = initialize_result(Client())["capabilities"]["executeCommandProvider"]["commands"]
    assert sorted(announced) == sorted(HANDLERS) == sorted(COMMANDS)


NONSENSE: list[Any] = [None, 5, "x", True, [], [5], {"general": 5}, {"general": {"positionEncodings": {"utf-8": 1}}}]


@pytest.mark.parametrize("value", NONSENSE)
def test_what_cannot_be_read_counts_as_not_announced(value: Any) -> None:
    assert client_of({"capabilities": value}) == Client()


@pytest.mark.parametrize(
    "text_document",
    [5, {"inlineCompletion": None}, {"inlineCompletion": True}, {"completion": {"completionItem": []}}],
)
def test_half_an_announcement_is_none(text_document: Any) -> None:
    client = client_of({"capabilities": {"textDocument": text_document, "workspace": {"configuration": 1}}})
    assert not client.has_inline_completion
    assert not client.has_configuration
    assert client.documentation_kinds == ()


@pytest.mark.parametrize(
    ("params", "roots"),
    [
        ({}, []),
        ({"rootUri": "file:///a"}, ["file:///a"]),
        ({"rootUri": "file:///a", "workspaceFolders": None}, ["file:///a"]),
        ({"rootUri": "file:///a", "workspaceFolders": []}, ["file:///a"]),
        ({"rootUri": "file:///a", "workspaceFolders": [{"uri": "file:///b"}, {"uri": "file:///c"}]}, ["file:///b", "file:///c"]),
        ({"rootUri": 5, "workspaceFolders": 5}, []),
        ({"rootUri": None, "workspaceFolders": [5, None, {"uri": 5}, {}]}, []),
    ],
)  # fmt: skip
def test_the_folders_in_every_form(params: dict[str, Any], roots: list[str]) -> None:
    assert roots_of(params) == roots


def test_the_kinds_announced_are_those_of_the_actions_on_offer() -> None:
    assert set(KIND_OF_GROUP) == {group.value for group in Group}
    assert set(OFFERED_GROUPS) == {action.group.value for action in ACTIONS}
    assert not any(kind.startswith("source") for kind in KIND_OF_GROUP.values())
