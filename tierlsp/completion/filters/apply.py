"""Filters one after the other, each shielded from the failure of the others."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from tierlsp.completion.filters.base import Cut, Filter
from tierlsp.completion.site import Site

logger = logging.getLogger(__name__)

_reported: set[str] = set()
"""Names of the filters whose failure has been logged."""


def apply_filters(text: str, site: Site, is_final: bool, filters: Sequence[Filter]) -> Cut:
    """Return what `filters` make of `text`, one after the other.

    The first that asks to stop ends the text; those behind it see what is left of it as final, whatever `is_final`
    says. A filter that fails is passed over.

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
