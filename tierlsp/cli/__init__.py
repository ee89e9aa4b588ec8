"""The command line: one file a command, and `main.py` that chooses among them.

A command's file has `add_parser(subparsers)` and `run(args) -> int`. Exit codes: 0 done, 1 failed with one sentence on
stderr, 2 bad usage.
"""
