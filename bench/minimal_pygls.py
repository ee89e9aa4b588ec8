"""The reference point: the smallest pygls server that keeps documents and answers inline completions."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("minimal", "1")


@server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION)
def inline_completion(ls: LanguageServer, params: types.InlineCompletionParams) -> types.InlineCompletionList:
    """Answer one fixed item on the line asked about."""
    document = ls.workspace.get_text_document(params.text_document.uri)
    start = types.Position(params.position.line, 0)
    item = types.InlineCompletionItem(
        insert_text=f"version {document.version}", range=types.Range(start, params.position)
    )
    return types.InlineCompletionList(items=[item])


if __name__ == "__main__":
    server.start_io()
