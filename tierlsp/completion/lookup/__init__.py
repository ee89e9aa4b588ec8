"""The embedded completer: finds how a line like this one went on elsewhere. Needs no model.

It reads open documents and the workspace's files into an index of token sequences, and answers from the longest and
most agreed match. Nothing is sent anywhere.
"""
