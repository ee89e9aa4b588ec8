"""One message for one cause, until it is cured; and nothing in it that a terminal or an editor could run."""

import pytest

from tierlsp.lsp.notices import Level, Notices, plain


class Shown:
    """What the person has seen."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.levels: list[int] = []
        self.notices = Notices(self._notify)

    def _notify(self, method: str, params: dict[str, object]) -> None:
        assert method == "window/showMessage"
        self.messages.append(str(params["message"]))
        level = params["type"]
        # What is sent must be plain JSON values.
        assert type(level) is int
        self.levels.append(level)


@pytest.fixture
def shown() -> Shown:
    return Shown()


def test_a_cause_is_told_of_once(shown: Shown) -> None:
    for _ in range(3):
        shown.notices.say("model.refused", "nobody answers")
    shown.notices.say("model.missing", "no such model", Level.ERROR)
    assert shown.messages == ["tierlsp: nobody answers", "tierlsp: no such model"]
    assert shown.levels == [2, 1]


def test_the_same_cause_in_other_words_is_not_told_again(shown: Shown) -> None:
    shown.notices.say("model.busy", "busy for 1 s")
    shown.notices.say("model.busy", "busy for 2 s")
    assert len(shown.messages) == 1


def test_what_was_cured_may_be_told_of_again(shown: Shown) -> None:
    shown.notices.say("model.refused", "nobody answers")
    shown.notices.say("settings.x", "x is wrong")
    shown.notices.cured("model.")
    shown.notices.say("model.refused", "nobody answers")
    shown.notices.say("settings.x", "x is wrong")
    assert shown.messages == ["tierlsp: nobody answers", "tierlsp: x is wrong", "tierlsp: nobody answers"]


def test_of_many_causes_those_that_are_still_there_stay_told(shown: Shown) -> None:
    for cause in ("settings.a", "settings.b"):
        shown.notices.say(cause, cause)
    shown.notices.cured("settings.", but_not={"settings.b"})
    for cause in ("settings.a", "settings.b"):
        shown.notices.say(cause, cause)
    assert shown.messages == [f"tierlsp: settings.{name}" for name in "aba"]


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("plain é 中 😀", "plain é 中 😀"),
        ("two\nlines\r\n", "two lines  "),
        ("\x1b]0;title\x07", " ]0;title "),
        ("\x1b[31mred", " [31mred"),
        ("\x9b31m\x00\x7f", " 31m  "),
        ("right\u202eleft\u2066\u200b", "right left  "),
        ("\ud800", " "),
        ("\u2028", " "),
    ],
)
def test_nothing_that_acts_on_a_screen_gets_through(text: str, shown_as: str) -> None:
    assert plain(text) == shown_as
