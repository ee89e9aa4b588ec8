"""Lines that could turn out to be a repetition are shown only once they prove not to be; no others wait."""

from __future__ import annotations

from tests.fixture import at
from tierlsp.completion.filters import run
from tierlsp.completion.site import Site

IN_BLOCK = """\
    if (n >= 0) {
        if (n >= size) {
            fail("out of range");
            return NULL;
        }
    } else {
        n += size;
        if (n < 0) {█
    }
"""

IN_SERIES = """\
def test():
    first = read_line(source)
    print_line(first, target)
    █
"""


def shown(source: str, model: str, language: str) -> str:
    site = Site(at(source, language=language), is_multiline=True)
    cut = run(model, site, False)
    return cut.text[: max(0, cut.text.rfind("\n"))]


def test_lines_like_those_above_wait_while_they_may_go_on_alike() -> None:
    assert shown(IN_SERIES, "first = read_line(source)\n    pri", "python") == ""
    assert shown(IN_SERIES, "first = read_line(source)\n    second = read_line(source)\n", "python") != ""


def test_lines_like_those_above_are_shown_where_going_on_alike_would_leave_the_block() -> None:
    line = '\n            fail("out of range");'
    assert shown(IN_BLOCK, f"{line}\n            ret", "c") == line
