"""Which real programs are here. One that is missing skips its tests, except where they are required."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache

import pytest

REQUIRED = "TIERLSP_REAL"
"""The environment variable that, set to `required`, turns a missing program from a skip into a failure."""


def need(name: str, at_least: tuple[int, ...] = ()) -> str:
    """Return the path of the program `name`; skip the test where it is missing or older than `at_least`."""
    path = shutil.which(name)
    if path is None:
        return _do_without(f"{name} is not on PATH; tests/real/real-parts.sh unpacks one")
    if at_least and _version(path) < at_least:
        found, wanted = (".".join(map(str, version)) for version in (_version(path), at_least))
        return _do_without(f"{path} is version {found}, and these tests need {wanted}; see tests/real/real-parts.sh")
    return path


def _do_without(reason: str) -> str:
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@cache
def _version(path: str) -> tuple[int, ...]:
    """Return the first version number that the program tells of itself."""
    said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    found = re.search(r"\d+(?:\.\d+)+", said)
    return tuple(int(part) for part in found.group().split(".")) if found else ()
