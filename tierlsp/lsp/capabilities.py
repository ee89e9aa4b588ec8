"""What the client can do, as plain values, and what this server says it can do.

**Law:** the server adapts to announced capabilities, never to a client's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tierlsp import __version__
from tierlsp.lsp.positions import Encoding, choose_encoding

COMMANDS = (
    "tierlsp.accepted",
    "tierlsp.apply",
    "tierlsp.cancel",
    "tierlsp.consent",
    "tierlsp.dismissFinding",
    "tierlsp.doctor",
    "tierlsp.explainRoute",
    "tierlsp.pause",
    "tierlsp.resume",
    "tierlsp.run",
    "tierlsp.usage",
)
"""The commands this version answers."""

KIND_OF_GROUP = {
    "quickfix": "quickfix.tierlsp",
    "rewrite": "refactor.rewrite.tierlsp",
    "explain": "refactor.explain.tierlsp",
    "review": "refactor.review.tierlsp",
    "tests": "refactor.tests.tierlsp",
    "docs": "refactor.docs.tierlsp",
}
"""The kind of code action for each group of `actions/catalogue.py`. Never `source.*`: VS Code's menu leaves it out."""

OFFERED_GROUPS = ("quickfix", "explain", "review", "tests", "rewrite", "docs")
"""Those that have an action."""

TRIGGER_CHARACTERS = (".", "(", "[", "{", ",", ":", "=", " ", "/", '"', "'")
"""Where a client that has only `textDocument/completion` asks by itself, besides inside words.

Helix asks by itself after two word characters or at one of these. A blank is among them since a line's rest is most
often wanted behind a keyword or an operator.
"""


TRANSACTIONAL = ("transactional", "textOnlyTransactional", "undo")
"""`failureHandling` of a client that leaves nothing half done."""


@dataclass(frozen=True, slots=True)
class Client:
    """What the client announced at `initialize`."""

    encoding: Encoding = Encoding.UTF16
    has_inline_completion: bool = False
    can_refresh: bool = False
    """It asks again when it is told that there is a better completion (`experimental.tierlsp.refresh`)."""
    has_configuration: bool = False
    """It answers `workspace/configuration`."""
    registers_configuration: bool = False
    """It wants `didChangeConfiguration` to be registered."""
    has_folders: bool = False
    documentation_kinds: tuple[str, ...] = ()
    """The kinds of text it says that it shows beside a completion item; Helix says nothing."""
    has_action_literals: bool = False
    """It takes code actions as objects with a kind, and not only as commands."""
    can_apply_edits: bool = False
    has_versioned_edits: bool = False
    """It takes edits that say which version of a document they are for. Neovim announces it only by the operations on
    files that come in the same list."""
    can_create_files: bool = False
    """An edit may make new files."""
    shows_edits_first: bool = False
    """It shows the changes of an edit before it makes them, and makes those that were chosen or none. Neovim announces
    the question, but asks it for each file without showing anything, and makes new files whatever is said; it does not
    announce that it leaves nothing half done."""
    has_progress: bool = False
    can_show_documents: bool = False
    has_status: bool = False
    """It shows the tiers, the ends of runs and the question of consent itself (`experimental.tierlsp.status`)."""
    looks_again: bool = False
    """It asks for the menu where an edit was made, once its other tools have looked at it
    (`experimental.tierlsp.lookAgain`)."""
    can_rename: bool = False
    """It gives a name by a rename of its own, where it has one, when it is asked to (`experimental.tierlsp.rename`)."""


def client_of(params: dict[str, Any]) -> Client:
    """Read `InitializeParams`. Whatever is missing or of another type counts as not announced."""
    capabilities = params.get("capabilities")
    offered = _at(capabilities, "general", "positionEncodings")
    kinds = _at(capabilities, "textDocument", "completion", "completionItem", "documentationFormat")
    operations = _at(capabilities, "workspace", "workspaceEdit", "resourceOperations")
    return Client(
        encoding=choose_encoding(offered if isinstance(offered, list) else ()),
        has_inline_completion=isinstance(_at(capabilities, "textDocument", "inlineCompletion"), dict),
        can_refresh=_at(capabilities, "experimental", "tierlsp", "refresh") is True,
        has_configuration=_at(capabilities, "workspace", "configuration") is True,
        registers_configuration=(
            _at(capabilities, "workspace", "didChangeConfiguration", "dynamicRegistration") is True
        ),
        has_folders=_at(capabilities, "workspace", "workspaceFolders") is True,
        documentation_kinds=tuple(kind for kind in kinds if isinstance(kind, str)) if isinstance(kinds, list) else (),
        has_action_literals=isinstance(
            _at(capabilities, "textDocument", "codeAction", "codeActionLiteralSupport"), dict
        ),
        can_apply_edits=_at(capabilities, "workspace", "applyEdit") is True,
        has_versioned_edits=(
            _at(capabilities, "workspace", "workspaceEdit", "documentChanges") is True or isinstance(operations, list)
        ),
        can_create_files=isinstance(operations, list) and "create" in operations,
        shows_edits_first=(
            isinstance(_at(capabilities, "workspace", "workspaceEdit", "changeAnnotationSupport"), dict)
            and _at(capabilities, "workspace", "workspaceEdit", "failureHandling") in TRANSACTIONAL
        ),
        has_progress=_at(capabilities, "window", "workDoneProgress") is True,
        can_show_documents=_at(capabilities, "window", "showDocument", "support") is True,
        has_status=_at(capabilities, "experimental", "tierlsp", "status") is True,
        looks_again=_at(capabilities, "experimental", "tierlsp", "lookAgain") is True,
        can_rename=_at(capabilities, "experimental", "tierlsp", "rename") is True,
    )


def roots_of(params: dict[str, Any]) -> list[str]:
    """Return the URIs of the workspace's folders from `InitializeParams`, the older forms included."""
    folders = params.get("workspaceFolders")
    uris = [_at(folder, "uri") for folder in folders] if isinstance(folders, list) else []
    if not uris:
        uris = [params.get("rootUri")]
    return [uri for uri in uris if isinstance(uri, str)]


def initialize_result(client: Client) -> dict[str, Any]:
    """Return the `InitializeResult` for `client`, as plain JSON values."""
    capabilities: dict[str, Any] = {
        "positionEncoding": client.encoding.value,
        # 2 is incremental. A change without a range, the full text, is legal all the same.
        "textDocumentSync": {"openClose": True, "change": 2},
        "executeCommandProvider": {"commands": list(COMMANDS)},
    }
    if client.has_inline_completion:
        capabilities["inlineCompletionProvider"] = {}
    else:
        capabilities["completionProvider"] = {
            "triggerCharacters": list(TRIGGER_CHARACTERS),
            "resolveProvider": False,
        }
    capabilities["codeActionProvider"] = {
        "codeActionKinds": [KIND_OF_GROUP[group] for group in OFFERED_GROUPS],
        "resolveProvider": False,
    }
    if client.has_folders:
        capabilities["workspace"] = {"workspaceFolders": {"supported": True, "changeNotifications": True}}
    return {"capabilities": capabilities, "serverInfo": {"name": "tierlsp", "version": __version__}}


def _at(value: object, *path: str) -> Any:
    """Return what lies at `path` of nested objects, `None` where the way ends."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value
