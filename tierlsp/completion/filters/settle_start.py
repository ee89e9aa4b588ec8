"""The start of a text is settled when none of the filters for it finds anything more.

Each may uncover what is another's: behind a sentence stands a fence, in the fence the beginning of the line again.
"""

from __future__ import annotations

from tierlsp.completion.filters.apply import apply_filters
from tierlsp.completion.filters.base import Cut, Filter
from tierlsp.completion.filters.drop_leading_blanks import drop_leading_blanks
from tierlsp.completion.filters.drop_leading_overlap import drop_leading_overlap
from tierlsp.completion.filters.drop_path_comment import drop_path_comment
from tierlsp.completion.filters.unwrap_answer import unwrap_answer
from tierlsp.completion.site import Site

START: tuple[Filter, ...] = (
    # From the outside in: what is said about the code, a comment in front of it, the line's beginning again, blanks.
    unwrap_answer,
    drop_path_comment,
    drop_leading_overlap,
    drop_leading_blanks,
)


def settle_start(text: str, site: Site, is_final: bool) -> Cut:
    """Apply the filters for the start of the text until they leave it where it is. Each round makes it shorter."""
    reasons: dict[str, None] = {}
    is_stopped = False
    while True:
        cut = apply_filters(text, site, is_final or is_stopped, START)
        if cut.reason is not None:
            reasons.update(dict.fromkeys(cut.reason.split(", ")))
        is_settled = text.startswith(cut.text) and cut.stop <= is_stopped
        is_stopped = is_stopped or cut.stop
        text = cut.text
        if is_settled:
            return Cut(text, is_stopped, ", ".join(reasons) or None)
