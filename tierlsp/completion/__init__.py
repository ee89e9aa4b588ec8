"""Inline completion: gate, candidates, flight, prompt, filters, answer.

The room knows nothing of LSP, HTTP or settings files. `engine.py` is the way through it, top to bottom.
"""
