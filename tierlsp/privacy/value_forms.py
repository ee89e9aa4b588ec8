"""How code, settings, command lines and prose put a value beside its name: the expressions, each bounded.

All are matched at one place, and places are looked at once, so the time grows with the text and no faster.
"""

from __future__ import annotations

import re

SEPARATOR = re.compile(
    r"""(?P<close>[\\"'`\])]{0,4}+)
    (?:
        [ \t]{0,20}+(?:                                                                    # password: str = "…"
            \??:[ \t]{0,4}+(?:&'static[ ])?+[A-Za-z_&*?\[][\w.<>\[\],?&*]{0,40}+(?:[ \t]?\|[ \t]?[\w.\[\]]{1,40}+){0,3}+
            | [ \t]{1,4}+(?:string|str|\[\]byte)                                           # apiKey string = "…"
        )[ \t]{0,4}+=(?=[ \t]{0,4}+["'`])
        | [ \t]{0,20}+(?P<sign>[:?]=|=>|={1,3}+|!==?|:|,|>|\()
    )""",
    re.VERBOSE,
)
"""From a name to its value."""

VIA_VALUE = re.compile(
    r"""[\\"'`]{0,2}+[ \t]{0,4}+,?[ \t]{0,4}+(?:\r?\n[ \t+\-]{0,60}+)?+"""
    r"""[\\"'`]{0,2}+[vV]alue[\\"'`]{0,2}+[ \t]{0,4}+[:=]"""
)
"""From a name to its value where both are values themselves: `name: DB_PASSWORD`, `value: …`."""

FORMATTED = re.compile(r"""[:=][ \t]{0,2}+(?:%[srq]|\{\}|:)?["'`][ \t]{0,4}+,(?=[ \t]{0,4}+[fbr]?["'`])""")
"""From a name to its value where the value is put into the text: `print("password:", "…")`."""

LOOSE = re.compile(
    r"""[\\"'`\])]{0,3}+[ \t]{1,4}+"""
    r"""(?:(?:is|was|be|to|are|as|by|of|provided|given|used|entered|found|sent|invalid|set)[: \t]{1,4}+){0,3}+"""
)
"""From a name to its value in prose and on command lines."""

QUOTE = re.compile(
    r"""[ \t]{0,20}+(?:\([ \t]{0,4}+)?+(?:\r?\n[ \t+\-]{0,60}+)?+"""
    r"""(?:[rRbBfFuU]{1,2}|[@$])?(?P<quote>\\?["'`])(?:(?P=quote){2})?"""
)
"""The beginning of a value between quotes."""

SECOND = re.compile(r"""["'`],(?=[ \t]{0,4}+[fbr]?["'`])""")
"""From the end of a name of a person to a password: `BasicAuth("me", "…")`."""

BLOCK = re.compile(r"[ \t]{0,4}+[>|][+-]?[0-9]?[ \t]{0,4}+\r?\n(?=[ \t+-])")
"""What YAML puts before a value of several lines."""

SCHEME = re.compile(r"[ \t]{0,4}+(?P<scheme>Bearer|Basic|Token|ApiKey|Api-Key|Key|token|bearer|basic|OAuth)[ \t]{1,4}+")
"""The first word in the value of an `Authorization` header."""

BARE = re.compile(r"""[^\s"'`,;<>(){}\[\]|&\\]{1,400}+""")
"""A value without quotes, anywhere."""

LINE_VALUE = re.compile(r"""(?P<value>[^\s"'`][^\s]{0,400}+)(?=[ \t]{0,20}+(?:\#[^\n]{0,400}+)?(?:[\r\n]|\Z))""")
"""A value without quotes that is the rest of its line."""

BEFORE_LINE_NAME = re.compile(
    r"""[ \t+\-#/*>|"'$;]{0,40}+"""
    r"""(?:(?:export|set|setx|ENV|ARG|env|-e|--env|Environment=)[ \t]{0,4}+["']?)?(?:[\w\-]{1,40}+\.){0,6}+"""
)
"""What may stand before a name that is the first thing of its line."""

COMMANDS = {
    "curl ": re.compile(
        r"""[^\n]{0,120}?[ \t](?:-u|--user|--proxy-user)[ =]["']?[\w.@-]{1,60}:(?P<value>[^\s"']{4,200})"""
    ),
    "sshpass ": re.compile(r"""[ \t]{0,4}-p[ \t]{0,4}["']?(?P<value>[^\s"']{4,200})"""),
}
"""Words after which a command's password stands, and where."""

MAX_VALUE_CHARS = 2048
"""The longest value between quotes."""

MAX_LINE_HEAD = 100
"""Characters before a name on its line that are looked at."""
