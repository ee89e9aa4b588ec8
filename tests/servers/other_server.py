"""Another language server beside ours, as an editor has one for each language: a completion, and a diagnostic.

    python -m tests.servers.other_server --delay-ms 500

It offers the word `other_item`, and complains about the word `raduis`.
"""

from __future__ import annotations

import argparse
import asyncio

from lsprotocol import types
from pygls.lsp.server import LanguageServer

ITEM = "other_item"
MISTAKE = "raduis"


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

    return server


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay-ms", type=float, default=0.0)
    build(parser.parse_args().delay_ms).start_io()
