"""Measurements, each beside a reference point in the same run. `python -m bench.NAME`; none of them is a test."""
