"""Which model does the work, why, at what price, and what happens when it fails.

Deciding is pure; only `caller.py` (calls), `health.py` (who is well) and `ledger.py` (money) change over time.
"""
