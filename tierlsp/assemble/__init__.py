"""The one place where the parts are put together. The server, the commands, the tests and the benches all call it.

It decides nothing. `completion.py` builds what completes; `actions.py` builds what serves actions, and is imported only
when one is asked for.
"""
