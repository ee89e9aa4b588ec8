"""What a request is about, where only the workspace can tell: found when it runs, and put into the request."""

from __future__ import annotations

from dataclasses import replace

from tierlsp.actions.commit import is_message, needs_staged
from tierlsp.actions.ports import Gathers
from tierlsp.actions.types import ActionRequest, Document, Extent
from tierlsp.errors import TierlspError
from tierlsp.routing.facts import Kind

_MOST_TOLD = 3
"""Files that a sentence names; a page names all."""


class NothingThere(TierlspError):
    """There is nothing of what is meant; `str()` of it says so."""


async def with_what_is_there(request: ActionRequest, gathers: Gathers) -> ActionRequest:
    """Return `request` with the files that it means, or with the diff of what is about to be committed.

    Raises:
        NothingThere: there are none.
        TierlspError: they cannot be found.
    """
    if request.extent is not None and not request.portions:
        found = await gathers.files(request)
        if not found.portions:
            what = "no text was changed" if request.extent is Extent.CHANGES else "the folder has no code in it"
            raise NothingThere(f"there is nothing to look at: {what}{told(found.left_out)}")
        first = found.portions[0].document
        return replace(request, document=first, diagnostics=(), portions=found.portions, left_out=found.left_out)
    if request.kind is Kind.COMMIT and request.staged is None and needs_staged(request.document):
        staged = await gathers.staged(request)
        if not staged.diff:
            raise NothingThere(f"nothing is staged for a commit; `git add` stages it{told(staged.left_out)}")
        return replace(request, document=_to_read(request, staged.diff), staged=staged)
    return request


def told(left_out: tuple[str, ...]) -> str:
    """Return what is said of files that are left out, as the end of a sentence; empty where there are none."""
    if not left_out:
        return ""
    more = f"; and {len(left_out) - _MOST_TOLD} more" if len(left_out) > _MOST_TOLD else ""
    return f" (left out: {'; '.join(left_out[:_MOST_TOLD])}{more})"


def _to_read(request: ActionRequest, diff: tuple[str, ...]) -> Document:
    """Return the document that a message goes into; where there is none, the diff itself."""
    if is_message(request.document):
        return request.document
    return Document("untitled:diff", None, "diff", None, diff)
