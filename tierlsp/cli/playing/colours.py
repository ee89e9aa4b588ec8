"""The code in colours, as lines that the screen can lay out."""

from __future__ import annotations

from rich.syntax import Syntax
from rich.text import Text

from tierlsp.cli.playing.material import Material

LINES_ABOVE = 200
LINES_BELOW = 100
"""Lines that are coloured around the typed text: more than any terminal shows of them."""

TAB = "    "

THEME = "ansi_dark"
"""Uses the terminal's own sixteen colours, so that it can be read on dark and light ones."""

UNPRINTABLE = "\ufffd"


class Colours:
    """Colours one file. What stands around the typed text is coloured once, since it never changes."""

    def __init__(self, material: Material) -> None:
        above = [clean(line) for line in material.above[-LINES_ABOVE:]]
        below = [clean(line) for line in material.below[:LINES_BELOW]]
        target = clean(material.target).split("\n")
        name = Syntax.guess_lexer(material.path.name, material.opened[:4096])
        self._syntax = Syntax("", name, theme=THEME, background_color="default")
        lines = self._colour([*above, *target, *below])
        self.above = lines[: len(above)]
        self.below = lines[len(lines) - len(below) :] if below else []
        self.first_number = len(material.above) - len(above) + 1
        """The number, from 1, of the first line of `above`."""

    def typed(self, text: str) -> list[Text]:
        """Return the lines of what is typed."""
        return self._colour(clean(text).split("\n"))

    def _colour(self, lines: list[str]) -> list[Text]:
        """Return `lines` in colours, or plain where the colouring does not keep to them."""
        coloured = self._syntax.highlight("\n".join(lines)).split("\n", allow_blank=True)[: len(lines)]
        if [line.plain for line in coloured] == lines:
            return list(coloured)
        return [Text(line) for line in lines]


def clean(text: str) -> str:
    """Return `text` as a terminal may get it: tabs as blanks, and nothing that a terminal would obey."""
    text = text.replace("\t", TAB)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else UNPRINTABLE for char in text)
