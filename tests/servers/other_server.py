"""Another language server beside ours, as an editor has one for each language: a completion, a diagnostic, a rename.

    python -m tests.servers.other_server --delay-ms 500

It offers the word `other_item`, and complains about the word `raduis`. It renames every whole word in the document and
in the files beside it, but for the word `math`, and never to `taken`.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

ITEM = "other_item"
MISTAKE = "raduis"
FIXED = "math"
"""What it does not rename."""
TAKEN = "taken"
"""The name that it gives nothing."""


def build(delay_ms: float) -> LanguageServer:
    """Return the server; its completions take `delay_ms`."""
    server = LanguageServer("other", "1")

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=["."]))
    async def completion(params: types.CompletionParams) -> types.CompletionList:
        await asyncio.sleep(delay_ms / 1000)
        # As real servers do, it leaves out what does not begin like the word at the cursor.
        word = server.workspace.get_text_document(params.text_document.uri).word_at_position(params.position)
        items = [types.CompletionItem(label=ITEM)] if ITEM.startswith(word) else []
        return types.CompletionList(is_incomplete=False, items=items)

    def complain(uri: str) -> None:
        found = []
        for number, line in enumerate(server.workspace.get_text_document(uri).lines):
            column = line.find(MISTAKE)
            if column >= 0:
                span = types.Range(types.Position(number, column), types.Position(number, column + len(MISTAKE)))
                message = f"undefined name '{MISTAKE}'"
                found.append(types.Diagnostic(range=span, message=message, severity=types.DiagnosticSeverity.Error))
        server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri=uri, diagnostics=found))

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        complain(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        complain(params.text_document.uri)

    offer_rename(server, delay_ms)
    return server


def offer_rename(server: LanguageServer, delay_ms: float) -> None:
    """Have the server rename, which takes `delay_ms`."""

    def word_at(params: types.PrepareRenameParams | types.RenameParams) -> str:
        return server.workspace.get_text_document(params.text_document.uri).word_at_position(params.position)

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare_rename(params: types.PrepareRenameParams) -> types.PrepareRenameDefaultBehavior | None:
        is_there = word_at(params) not in ("", FIXED)
        return types.PrepareRenameDefaultBehavior(default_behavior=True) if is_there else None

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def rename(params: types.RenameParams) -> types.WorkspaceEdit:
        await asyncio.sleep(delay_ms / 1000)
        if params.new_name == TAKEN:
            raise JsonRpcInvalidParams(f"{TAKEN} is there already")
        here = server.workspace.get_text_document(params.text_document.uri)
        word, files = word_at(params), sorted(Path(here.path).parent.glob("*.py"))
        documents = [server.workspace.get_text_document(path.as_uri()) for path in files]
        found = {each.uri: edits_of(each.lines, word, params.new_name) for each in documents}
        return types.WorkspaceEdit(changes={uri: edits for uri, edits in found.items() if edits})


def edits_of(lines: Sequence[str], word: str, new: str) -> list[types.TextEdit]:
    """Return the edits that put `new` in place of each whole `word`; the lines are ASCII."""
    return [
        types.TextEdit(types.Range(types.Position(number, at.start()), types.Position(number, at.end())), new)
        for number, line in enumerate(lines)
        for at in re.finditer(rf"\b{re.escape(word)}\b", line)
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay-ms", type=float, default=0.0)
    build(parser.parse_args().delay_ms).start_io()
