"""What `tierlsp demo` is made of: a typist, an editor, a client of the real server, a screen and a score.

Everything but `client.py` and `views.py` is a function of its arguments and can be tested without time or a terminal.
"""
