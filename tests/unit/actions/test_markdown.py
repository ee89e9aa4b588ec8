"""Nothing in a text that is shown can be fetched, as a real Markdown parser reads it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.unit.actions.attacks import PLACES, attacks
from tierlsp.actions.markdown import SafeMarkdown, safe_line, safe_markdown

BAD = {"link_open", "image", "html_inline", "html_block"}


def _parsers() -> list[MarkdownIt]:
    github = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    assert github.linkify is not None
    # Without it `main.py` is a link to Paraguay; VS Code has it off as well.
    github.linkify.set({"fuzzy_link": False})
    return [MarkdownIt("commonmark", {"html": True}), github]


PARSERS = _parsers()


def targets_in(text: str) -> list[str]:
    """Return everything in `text` that a viewer would fetch, follow, or take for a tag."""
    found: list[str] = []

    def walk(tokens: Iterable[Token]) -> None:
        for token in tokens:
            if token.type in BAD:
                found.append(f"{token.type} {token.attrs} {token.content}")
            walk(token.children or ())

    for parser in PARSERS:
        env: dict = {}
        walk(parser.parse(text, env))
        found += [f"definition {name}" for name in env.get("references", {})]
    return found


def test_there_are_enough_attacks_and_they_work_on_a_viewer() -> None:
    texts = attacks()
    assert len(texts) >= 300
    assert sum(bool(targets_in(text)) for text in texts) >= 300


@pytest.mark.parametrize("start", range(len(PLACES)))
def test_no_attack_has_a_target_left(start: int) -> None:
    texts = attacks()
    for text in texts[start :: len(PLACES)]:
        assert targets_in(safe_markdown(text)) == [], text


PIECES = st.lists(
    st.sampled_from(
        ["[x](http://e.t)", "![", "](", "]", "[", "(", ")", ":", "[a]: http://e.t", "`", "``", "```", "~~~", "\n",
         "\n\n",
         "    ", "  ", "\t", "- ", "1. ", "10. ", "> ", "<", "<img src=http://e.t>", "<http://e.t>", "\\", "|",
         "\n|-|-|\n", "http://e.t", "www.e.com", "//e.com/x", "a@b.co", "a", "\r", "\r\n", "\x0b", "# ", "---", "===",
         "*", "_", "<!--", "-->", "mailto:x@e.com", "data:x", "![i](data:x)", "\u200b", "<a href='", "command:x",
         "&lt;", "&#91;", "py"]
    ),
    max_size=24,
)  # fmt: skip


@settings(max_examples=600)
@given(PIECES)
def test_no_mixture_has_a_target_left(pieces: list[str]) -> None:
    assert targets_in(safe_markdown("".join(pieces))) == []


@settings(max_examples=300)
@given(PIECES)
def test_what_comes_in_pieces_comes_out_as_the_whole(pieces: list[str]) -> None:
    stream = SafeMarkdown()
    shown = [stream.feed(piece) for piece in pieces]
    assert "".join(shown) + stream.finish() == safe_markdown("".join(pieces))


@settings(max_examples=200)
@given(PIECES)
def test_what_is_safe_stays_safe(pieces: list[str]) -> None:
    assert targets_in(safe_markdown(safe_markdown("".join(pieces)))) == []


ORDINARY = """\
# What it does

It **reads** a file, then `parse`s it; see `dict[str](x)` and `a < b`, and 3 < 4.

1. First, the *lexer*:

   ```python
   tokens = lex(text)  # see [docs](https://example.com) and <b>
   ```

2. Then `list[int]` is built.

- a table:

| name | use |
|------|-----|
| `a`  | first |

```rust
fn f<'a>(x: &'a str) -> Vec<&'a str> { x.split("](").collect() }
```

~~~
<html> ![x](y)
~~~

> quoted, with 2 > 1

Done: it costs $5 & more.
"""


def test_ordinary_markdown_stays_as_it_was() -> None:
    assert safe_markdown(ORDINARY) == ORDINARY


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see [the docs](https://e.test/a) now", "see [the docs]\\(`https://e.test/a`) now"),
        ("![x](https://e.test/a.png)", "![x]\\(`https://e.test/a.png`)"),
        ("at https://e.test/a.", "at `https://e.test/a.`"),
        ("a <b>bold</b> word", "a \\<b>bold\\</b> word"),
        ("Vec<String>", "Vec\\<String>"),
        ("[1]: https://e.test", "[1]\\: `https://e.test`"),
        ("a lone ` mark", "a lone \\` mark"),
        ("\x1b[31mred\x1b[0m\x07\x9b1m", "[31mred[0m1m"),
        ("a\u202eb\u2066c\U000e0041d", "abcd"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_what_becomes_of_things(text: str, shown: str) -> None:
    assert safe_markdown(text) == shown


def test_an_open_fence_is_closed() -> None:
    assert safe_markdown("```py\nx = 1") == "```py\nx = 1\n```"


def test_every_control_character_is_gone() -> None:
    text = "".join(map(chr, range(0xA1)))
    assert all(char in "\n\t" or (char >= " " and not "\x7f" <= char < "\xa0") for char in safe_markdown(text))


def test_a_line_is_one_line() -> None:
    assert safe_line("a\n\x1b]8;;http://e.t\x07b\tc ") == "a ]8;;http://e.tb c"
