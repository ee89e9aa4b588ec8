"""The filters a model's text passes on its way to the person, one file each, and their order.

A filter is a pure function `(text, site, is_final) -> Cut`. It is called on the whole text so far, again and again
while the text grows (`is_final` false), and once more at its end. It must be *steady*: as long as it has not asked to
stop, what it let through of the whole lines of a shorter text it lets through of a longer one too.
"""

from __future__ import annotations

from collections.abc import Sequence

from tierlsp.completion.filters.apply import apply_filters
from tierlsp.completion.filters.balance_brackets import balance_brackets
from tierlsp.completion.filters.base import Cut, Filter
from tierlsp.completion.filters.cut_special_tokens import cut_special_tokens
from tierlsp.completion.filters.drop_copies import drop_copies
from tierlsp.completion.filters.drop_suffix_overlap import drop_suffix_overlap
from tierlsp.completion.filters.keep_one_line import keep_one_line
from tierlsp.completion.filters.limit_scope import limit_scope
from tierlsp.completion.filters.require_substance import require_substance
from tierlsp.completion.filters.settle_start import settle_start
from tierlsp.completion.filters.stop_at_next_lines import stop_at_next_lines
from tierlsp.completion.filters.stop_at_suffix import stop_at_suffix
from tierlsp.completion.filters.stop_repetition import stop_repetition
from tierlsp.completion.filters.trim_blanks import trim_blanks
from tierlsp.completion.filters.unify_line_ends import unify_line_ends
from tierlsp.completion.site import Site

PIPELINE: tuple[Filter, ...] = (
    # What the model said, rather than wrote: before anything looks at lines or words.
    unify_line_ends,
    cut_special_tokens,
    settle_start,
    # Ends that show in a single character. They come before those that look at lines, since a line may be cut short by
    # them in the middle, and because up to here a longer text never takes back a character of a shorter one.
    keep_one_line,
    stop_at_suffix,
    balance_brackets,
    # Ends that show in a whole line.
    stop_at_next_lines,
    limit_scope,
    # Behind the scope, which it counts on: what would be repeated beyond that is no reason to hold anything back.
    stop_repetition,
    # The end of what is left, wherever that is now.
    drop_suffix_overlap,
    trim_blanks,
    # Is it worth showing at all?
    drop_copies,
    require_substance,
)
"""All filters; `settle_start` stands for four. Each of them drops text at the start, or at the end, or all of it, so
that the order within a group matters little, and that of the groups much."""


def run(text: str, site: Site, is_final: bool, filters: Sequence[Filter] = PIPELINE) -> Cut:
    """Return what may be shown of `text`, as `apply_filters` says.

    Args:
        text: everything that the model has written so far.
        site: where it is to stand.
        is_final: whether the model has come to its end.
        filters: in their order.
    """
    return apply_filters(text, site, is_final, filters)
