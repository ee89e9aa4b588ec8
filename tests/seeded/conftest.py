"""Failures of what the tests here share are told as those of a test."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.seeded.checking")
