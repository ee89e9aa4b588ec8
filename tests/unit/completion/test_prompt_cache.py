"""How many tokens a server that keeps its last prompt reads again, for what people do in an editor.

The server here cuts text into pieces of words of up to four letters, runs of blanks, line ends and single signs, and
keeps the last prompt with what the model wrote after it. Real tokenisers cut elsewhere, by about as much.
"""

from __future__ import annotations

import re
from itertools import takewhile

import pytest

from tests.fakes import FakeBackend
from tierlsp.backends.families import FAMILIES, family_of
from tierlsp.completion.prompt import Layout, build_request, warm_up_request
from tierlsp.completion.supply import Serving
from tierlsp.completion.window import Window, next_window
from tierlsp.completion.window_size import WindowSize, size_for
from tierlsp.text.cursor import Cursor, cursor_in

SIZE = size_for(None, 1_500, 4_096, 128)
SPECIAL = sorted({token for family in FAMILIES for token in family.special_tokens}, key=len, reverse=True)
TOKEN = re.compile("|".join([*map(re.escape, SPECIAL), r"\n", r"[^\S\n]+", r"\w{1,4}", "."]))

BELOW = "\n" + "    total += tax(total)\n" * 13 + "    return min(total, -99)\n"
BELOW_TOKENS = 184


def body(count: int) -> str:
    return "".join(f"    total = total + price({number})\n" for number in range(count))


ABOVE = "import shop\n\n\ndef sum_up(items):\n" + body(40)


def tokens(text: str) -> list[str]:
    return TOKEN.findall(text)


class Editor:
    """A document with a cursor, and a server that is asked after each step."""

    def __init__(self, model: str, before: str, after: str, layout: Layout = "auto", size: WindowSize = SIZE) -> None:
        family = family_of(model)
        assert family is not None
        self.serving = Serving(FakeBackend(), model, family)
        self.layout: Layout = layout
        self.size = size
        self.before = before
        self.after = after
        self.window: Window | None = None
        self.cached: list[str] = []
        self.prompt = ""
        self.rest()

    @property
    def cursor(self) -> Cursor:
        above = self.before.split("\n")
        return cursor_in((self.before + self.after).split("\n"), len(above) - 1, len(above[-1]))

    def ask(self, *, is_settled: bool = False, answer: str = "wrong(answer)\n") -> int:
        """Ask the server; return how many tokens it reads."""
        self.window = next_window(self.window, self.cursor, self.size, is_settled=is_settled)
        request = build_request(self.window, self.serving, self.layout, 128)
        assert request.prompt is not None
        self.prompt = request.prompt
        asked = tokens(request.prompt)
        kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self.cached, asked, strict=False)))
        self.cached = asked + tokens(answer)
        return max(1, len(asked) - kept)

    def rest(self) -> int:
        return self.ask(is_settled=True)

    def type(self, text: str) -> list[int]:
        costs = []
        for char in text:
            self.before += char
            costs.append(self.ask())
        return costs

    def press(self, before: str, after: str = "") -> int:
        """One key at which the editor writes on both sides of the cursor."""
        self.before += before
        self.after = after + self.after
        return self.ask()

    def backspace(self) -> int:
        self.before = self.before[:-1]
        return self.ask()

    def move(self, lines: int) -> int:
        """Move the cursor to the end of the line so many lines further down."""
        text = (self.before + self.after).split("\n")
        at = self.before.count("\n") + lines
        self.before = "\n".join(text[: at + 1])
        self.after = "".join(f"\n{line}" for line in text[at + 1 :])
        return self.ask()


def editor(model: str, layout: Layout = "auto") -> Editor:
    return Editor(model, ABOVE + "    ", BELOW, layout)


CODESTRAL, QWEN, STARCODER = "codestral:22b", "qwen2.5-coder:7b", "starcoder2:7b"
WARM = pytest.mark.parametrize("model", [CODESTRAL, QWEN])


def test_the_suffix_that_is_spoken_of_has_184_tokens() -> None:
    window = editor(QWEN).window
    assert window is not None
    assert len(tokens(window.suffix)) == BELOW_TOKENS


@WARM
def test_a_typed_key_has_no_more_than_three_tokens_read_again(model: str) -> None:
    costs = editor(model).type('discount = rate_of(item, "spring sale") * total_price if items else 0.0')
    assert max(costs) <= 3
    assert sum(costs) / len(costs) < 2


@pytest.mark.parametrize("model", ["deepseek-coder:6.7b", STARCODER, "codegemma:7b", "granite4:micro", "codellama:7b"])
def test_every_family_is_as_quick_with_the_line_after_the_middle_token(model: str) -> None:
    assert max(editor(model, "lineAfterMiddle").type("discount = rate_of(item)")) <= 3


def test_the_native_order_of_most_families_has_the_whole_suffix_read_at_each_key() -> None:
    """What the layouts above are measured against."""
    costs = editor(STARCODER).type("discount")
    assert min(costs) >= BELOW_TOKENS


@WARM
def test_brackets_and_quotes_that_the_editor_closes_cost_no_more_than_a_key(model: str) -> None:
    typing = editor(model)
    typing.type("rate_of")
    assert typing.press("(", ")") <= 3
    assert typing.press('"', '"') <= 3
    assert max(typing.type("spring")) <= 3
    typing.after = typing.after[1:]
    assert typing.press('"') <= 3, "typed over"
    typing.after = typing.after[1:]
    assert typing.press(")") <= 3, "typed over"


@WARM
def test_a_cursor_put_into_brackets_types_over_them_for_the_price_of_a_key(model: str) -> None:
    typing = Editor(model, ABOVE + "    rate_of(", ")" + BELOW)
    assert max(typing.type("item")) <= 3
    typing.after = typing.after[1:]
    assert typing.press(")") <= 3


@WARM
def test_a_closing_tag_that_the_editor_writes_costs_no_more_than_a_key(model: str) -> None:
    typing = editor(model)
    typing.type("<my-list")
    assert typing.press(">", "</my-list>") <= 3


@WARM
def test_backspace_costs_no_more_than_a_key(model: str) -> None:
    typing = editor(model)
    typing.type("discount = rate_of")
    assert max(typing.backspace() for _ in range(18)) <= 3


@WARM
def test_enter_costs_no_more_than_a_key(model: str) -> None:
    typing = editor(model)
    for _ in range(8):
        typing.type("rate = rate_of(item)")
        assert typing.press("\n    ") <= 3
    assert typing.backspace() <= 3


@WARM
def test_enter_between_brackets_costs_no_more_than_a_key(model: str) -> None:
    typing = editor(model)
    typing.type("rates = ")
    typing.press("{", "}")
    assert typing.press("\n        ", "\n    ") <= 3
    assert max(typing.type('"spring": 1,')) <= 3


@WARM
def test_a_warm_up_leaves_nothing_but_the_key_to_be_read(model: str) -> None:
    typing = editor(model)
    typing.move(-5)
    assert typing.window is not None
    warm = warm_up_request(typing.window, typing.serving, "auto")
    assert warm.prompt == typing.prompt
    assert warm.max_tokens == 1
    assert max(typing.type(" + 1")) <= 3


@WARM
def test_resting_where_nothing_has_changed_has_nothing_read(model: str) -> None:
    typing = editor(model)
    before = typing.prompt
    assert typing.rest() == 1
    assert typing.prompt == before


def test_resting_moves_the_split_to_the_cursor_which_has_the_suffix_read_once() -> None:
    typing = editor(QWEN)
    typing.type("rate = 1")
    typing.press("\n    ")
    assert typing.window is not None
    assert typing.window.typed == ("    rate = 1",)
    assert typing.rest() == REST_AFTER_ENTER
    assert typing.window.typed == ()
    assert max(typing.type("cost = 2")) <= 3


REST_AFTER_ENTER = 194
"""The suffix, its token, the line that was typed, and the blanks on the new one."""


@pytest.mark.parametrize(
    ("model", "lines", "cost"),
    [(CODESTRAL, -1, 882), (CODESTRAL, 1, 732), (QWEN, -1, 211), (QWEN, 1, 194), (QWEN, -8, 330)],
)
def test_what_moving_within_the_window_costs(model: str, lines: int, cost: int) -> None:
    """Codestral has the suffix first, so that another one has everything read; the caller pays that at rest."""
    typing = editor(model)
    typing.press("total += 1")
    assert typing.move(lines) == cost


@WARM
def test_accepting_what_the_model_wrote_costs_nothing(model: str) -> None:
    typing = editor(model)
    answer = "rate = rate_of(item)\n    cost = rate * price\n    show(cost)"
    typing.ask(answer=answer)
    assert typing.press(answer) == 1
    assert typing.press("\n    ") <= 3


@pytest.mark.parametrize(("model", "cost"), [(CODESTRAL, 1), (QWEN, 192)])
def test_what_joining_a_line_to_the_one_before_the_split_costs(model: str, cost: int) -> None:
    """The one key that has Qwen's suffix read again; it takes a rest at the line's start, and a backspace there."""
    typing = Editor(model, ABOVE + "    rate = 1\n", BELOW)
    assert typing.backspace() == cost


@WARM
def test_an_import_put_in_above_the_window_costs_nothing(model: str) -> None:
    typing = Editor(model, ABOVE + body(200) + "    ", BELOW)
    assert typing.window is not None
    assert typing.window.first > 100
    typing.before = "import tax\nimport os\n" + typing.before
    assert typing.ask() == 1


@WARM
def test_an_import_at_the_top_of_a_window_at_the_top_is_seen_after_a_rest(model: str) -> None:
    typing = editor(model)
    typing.before = "import tax\n" + typing.before
    assert typing.ask() == 1
    assert "import tax" not in typing.prompt
    assert typing.rest() > 100
    assert "import tax" in typing.prompt


@WARM
def test_an_edit_below_is_seen_at_the_next_key(model: str) -> None:
    typing = editor(model)
    typing.type("rate")
    typing.after = typing.after.replace("-99", "-100")
    typing.type("s")
    assert "-100" in typing.prompt


def type_lines(typing: Editor, count: int, rest_every: int | None) -> tuple[int, list[int]]:
    """Type lines, asking at each line's end and at each Enter; return how often the window moved, and dear steps."""
    firsts: set[int] = set()
    costs = []
    for number in range(count):
        costs.append(typing.press(f"    rate_{number} = rate_of(item)"))
        costs.append(typing.press("\n"))
        assert typing.window is not None
        firsts.add(typing.window.first)
        if rest_every and number % rest_every == rest_every - 1:
            typing.rest()
    return len(firsts) - 1, [cost for cost in costs if cost > LINE_TOKENS]


LINE_TOKENS = 15
"""What one typed line here has."""


@pytest.mark.parametrize(("model", "moves", "dear"), [(CODESTRAL, 5, 5), (QWEN, 5, 21)])
def test_three_hundred_lines_without_a_rest_move_the_window_a_few_times(model: str, moves: int, dear: int) -> None:
    """Qwen has the suffix read again, too, where more than `TYPED_LINES` were typed since the last move."""
    moved, costs = type_lines(Editor(model, "", BELOW), 300, None)
    assert (moved, len(costs)) == (moves, dear)


@WARM
def test_three_hundred_lines_with_rests_move_the_window_at_rest_alone(model: str) -> None:
    assert type_lines(Editor(model, "", BELOW), 300, 5) == (7, [])
