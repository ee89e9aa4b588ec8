"""The filters a model's text passes on its way to the person, one file each, and their order.

A filter is a pure function `(text, site, is_final) -> Cut`. It is called on the whole text so far, again and again
while the text grows (`is_final` false), and once more at its end. It must be *steady*: as long as it has not asked to
stop, what it let through of the whole lines of a shorter text it lets through of a longer one too.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from tierlsp.completion.filters.balance_brackets import balance_brackets
from tierlsp.completion.filters.base import Cut, Filter
from tierlsp.completion.filters.cut_special_tokens import cut_special_tokens
from tierlsp.completion.filters.drop_copies import drop_copies
from tierlsp.completion.filters.drop_leading_blanks import drop_leading_blanks
from tierlsp.completion.filters.drop_leading_overlap import drop_leading_overlap
from tierlsp.completion.filters.drop_path_comment import drop_path_comment
from tierlsp.completion.filters.drop_suffix_overlap import drop_suffix_overlap
from tierlsp.completion.filters.keep_one_line import keep_one_line
from tierlsp.completion.filters.limit_scope import limit_scope
from tierlsp.completion.filters.require_substance import require_substance
from tierlsp.completion.filters.stop_at_next_lines import stop_at_next_lines
from tierlsp.completion.filters.stop_at_suffix import stop_at_suffix
from tierlsp.completion.filters.stop_repetition import stop_repetition
from tierlsp.completion.filters.trim_blanks import trim_blanks
from tierlsp.completion.filters.unify_line_ends import unify_line_ends
from tierlsp.completion.filters.unwrap_answer import unwrap_answer
from tierlsp.completion.site import Site

logger = logging.getLogger(__name__)

PIPELINE: tuple[Filter, ...] = (
    # What the model said, rather than wrote: before anything looks at lines or words.
    unify_line_ends,
    cut_special_tokens,
    unwrap_answer,
    # The start of the text, from the outside in: a comment in front, the line's beginning again, blanks.
    drop_path_comment,
    drop_leading_overlap,
    drop_leading_blanks,
    # Ends that show in a single character. They come before those that look at lines, since a line may be cut short by
    # them in the middle, and because up to here a longer text never takes back a character of a shorter one.
    keep_one_line,
    stop_at_suffix,
    balance_brackets,
    # Ends that show in a whole line.
    stop_at_next_lines,
    stop_repetition,
    limit_scope,
    # The end of what is left, wherever that is now.
    drop_suffix_overlap,
    trim_blanks,
    # Is it worth showing at all?
    drop_copies,
    require_substance,
)
"""All filters. Each of them only drops text at the start, or at the end, or all of it, so that the order within a
group matters little and between the groups much."""

_reported: set[str] = set()
"""Names of the filters whose failure has been logged."""


def run(text: str, site: Site, is_final: bool, filters: Sequence[Filter] = PIPELINE) -> Cut:
    """Return what may be shown of `text`.

    The first filter that asks to stop ends the text; those behind it see what is left of it as final, whatever
    `is_final` says. A filter that fails is passed over.

    Args:
        text: everything that the model has written so far.
        site: where it is to stand.
        is_final: whether the model has come to its end.
        filters: in their order.

    Returns:
        The text; whether the model can be stopped; and the names of all filters that removed something or asked to
        stop, in their order with `", "` between them, or `None`.
    """
    reasons: list[str] = []
    is_stopped = False
    for apply in filters:
        try:
            cut = apply(text, site, is_final or is_stopped)
        except Exception as error:
            # One failing filter does not take its neighbours down: the text is a little worse for the lack of it.
            _report(apply, error)
            continue
        text = cut.text
        is_stopped = is_stopped or cut.stop
        if cut.reason is not None:
            reasons.append(cut.reason)
    return Cut(text, is_stopped, ", ".join(reasons) or None)


def _report(apply: Filter, error: Exception) -> None:
    """Log the failure of a filter, the first time only: it would fail again with each piece of text."""
    name = getattr(apply, "__name__", repr(apply))
    if name not in _reported:
        _reported.add(name)
        # The error's own message could hold text of the document, which stays out of the log above `debug`.
        logger.warning("The filter %s failed with %s and is passed over.", name, type(error).__name__)
        logger.debug("It failed so:", exc_info=error)
