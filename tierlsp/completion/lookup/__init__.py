"""The embedded completer: finds how a line like this one went on elsewhere. Needs no model.

It reads open documents and the workspace's files into an index of token sequences, and answers from the longest and
most agreed match. Nothing is sent anywhere.
"""

from tierlsp.completion.lookup.guess import Guess
from tierlsp.completion.lookup.lookup import Lookup, Stats

__all__ = ["Guess", "Lookup", "Stats"]
