"""The models' speeds, kept from one run to the next, so that the first prompt has the right length at once."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tierlsp.completion.rates import Rates
from tierlsp.errors import SettingsError
from tierlsp.settings.paths import make_private_dir, state_dir, write_private

logger = logging.getLogger(__name__)

FILE_NAME = "rates.json"

MAX_MODELS = 64
"""Models that are remembered, those met longest ago forgotten first."""

MAX_VALUE = 1e9
"""A larger time or speed was not measured."""

MAX_BYTES = 64_000
"""A larger file is not one of ours."""


class RateFile:
    """A small file in the user's state directory. Without one, or with a broken one, everything is learnt anew."""

    def __init__(self, path: Path | None) -> None:
        """`path` is `None` where the user has no such directory: then nothing is kept."""
        self._path = path
        self._rates: dict[str, Rates] | None = None
        self._is_changed = False

    def load(self, model: str) -> Rates | None:
        """Return what is known of `model`."""
        return self._known().get(model)

    def save(self, model: str, rates: Rates) -> None:
        """Keep what is known of `model`, until `flush` writes it down."""
        known = self._known()
        known.pop(model, None)
        known[model] = rates
        while len(known) > MAX_MODELS:
            del known[next(iter(known))]
        self._is_changed = True

    def flush(self) -> None:
        """Write down what has changed. That it cannot be written is no fault that a person could feel."""
        if self._path is None or not self._is_changed:
            return
        text = json.dumps({model: asdict(rates) for model, rates in self._known().items()}, indent=1)
        try:
            make_private_dir(self._path.parent)
            write_private(self._path, text, replace=True)
        except (OSError, SettingsError) as error:
            logger.info("the models' speeds could not be kept: %s", error)
        self._is_changed = False

    def _known(self) -> dict[str, Rates]:
        if self._rates is None:
            self._rates = _read(self._path) if self._path is not None else {}
        return self._rates


def open_rate_file() -> RateFile:
    """Return the file in the user's state directory."""
    try:
        return RateFile(state_dir() / FILE_NAME)
    except SettingsError:
        return RateFile(None)


def _read(path: Path) -> dict[str, Rates]:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {model: rates for model, entry in found.items() if (rates := _rates_of(entry)) is not None}


def _rates_of(entry: Any) -> Rates | None:
    """Return what an entry of the file says, `None` if it is not one of ours."""
    if not isinstance(entry, dict) or not all(_is_sane(value) for value in entry.values()):
        return None
    try:
        rates = Rates(**entry)
    except TypeError:
        return None
    divisors = (rates.prefill_tokens_per_s, rates.chars_per_token)
    return None if 0 in divisors or rates.chars_per_token is None else rates


def _is_sane(value: object) -> bool:
    """Whether `value` is a number that can have been measured, or `None` for none."""
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_VALUE
