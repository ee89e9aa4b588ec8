"""What a person can ask for on a piece of code: one file an action, and the way that all of them take.

It does not know the completions next door, nor positions, capabilities or HTTP.
"""
