"""A result that is still to come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple


class Later(NamedTuple):
    """A result that is still to come. Cancelling the request cancels `future`."""

    future: asyncio.Future[Any]
    then: Callable[[Any], Any]
    """What makes the result out of the future's."""
