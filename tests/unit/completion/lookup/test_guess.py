import pytest

from tests.unit.completion.lookup.asking import URI, Asked, check_guess, guess_at
from tierlsp.completion.lookup.tape import MAX_LINE_CHARS

POINT = """\
def norm(point):
    x = point.x * point.x
    y = point.y * point.y
    return math.sqrt(x + y)
"""


def test_goes_on_as_the_same_line_did_in_another_file() -> None:
    check_guess(f"//- main.py\ndef length(point):\n    x = point.█\n//- norm.py\n{POINT}", "x * point.x")


def test_goes_on_as_the_same_line_did_further_up() -> None:
    check_guess(f"{POINT}\ndef length(point):\n    x = point.x █", "* point.x")


def test_goes_on_as_the_same_line_did_further_down() -> None:
    check_guess(f"def length(point):\n    x = point.x █\n\n{POINT}", "* point.x")


def test_a_new_line_goes_on_as_the_line_after_the_one_above_did() -> None:
    check_guess(f"{POINT}\n    x = point.x * point.x\n    █", "y = point.y * point.y")


def test_the_longest_match_wins_over_more_of_shorter_ones() -> None:
    check_guess("open(a, b)\nopen(a, b)\nopen(a, b)\nif ready and open(a, c)\nif ready and open(a, █", "c)")


def test_a_longer_match_over_the_line_above_decides() -> None:
    check_guess("one()\ncall(1)\ntwo()\ncall(2)\n\none()\ncall(█", "1)")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("    x = po", "int.x * point.x"),
        ("    x = point", ".x * point.x"),
        ("    x = point.x", " * point.x"),
        ("    x = point.x ", "* point.x"),
        ("    x =", " point.x * point.x"),
        ("    x = ", "point.x * point.x"),
        ("    x", " = point.x * point.x"),
    ],
)
def test_half_a_word_and_blanks_are_completed_to_the_source_line(typed: str, expected: str) -> None:
    check_guess(f"{POINT}\ndef length(point):\n{typed}█", expected)


def test_a_word_that_begins_otherwise_is_no_candidate() -> None:
    check_guess(f"{POINT}\ndef length(point):\n    x = pa█", None)


def test_blanks_in_the_source_do_not_hinder_the_match_and_come_with_the_text() -> None:
    check_guess("total   =  add( a,b )\ntotal = add(█", " a,b )")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_equal_places_the_same_one_lends_its_blanks_in_any_order(order: tuple[int, int]) -> None:
    asked = Asked()
    for number in order:
        asked.open([("total = add( a,b )", "total = add(a, b)")[number]], f"untitled:{number}")
    assert asked.text_after("total = add(") == " a,b )"


def test_a_cursor_inside_a_word_gets_nothing() -> None:
    check_guess(f"{POINT}\ndef length(point):\n    x = po█int", None)


def test_nothing_is_guessed_where_the_line_was_finished_elsewhere() -> None:
    check_guess("start()\nstart()\nstart()█", None)


def test_most_lines_that_end_here_outvote_one_that_goes_on() -> None:
    guess = guess_at("\n".join(["run(task)"] * 6 + ["run(task).result()"]) + "\nrun(task)█")
    assert guess is not None
    assert guess.text == ".result()"
    assert guess.share < 0.5
    assert not guess.is_confident


class TestSuffix:
    def test_the_text_ends_where_the_suffix_begins(self) -> None:
        check_guess("send(first, second)\nsend(█)", "first, second")

    def test_a_closing_bracket_that_the_editor_put_there_cuts_a_line_that_went_on(self) -> None:
        check_guess("if send(first, second):\nif send(█)", "first, second")

    def test_brackets_of_the_text_itself_are_not_the_suffix(self) -> None:
        check_guess("send(pair(a, b), c)\nsend(█)", "pair(a, b), c")

    def test_a_suffix_that_the_source_does_not_have_gives_nothing(self) -> None:
        check_guess("send(first, second)\nsend(█] + rest", None)

    def test_nothing_is_added_where_the_suffix_is_all_that_followed(self) -> None:
        check_guess("send(first, second)\nsend(first█, second)", None)

    def test_the_blank_before_the_suffix_is_inserted_once(self) -> None:
        check_guess("send(first, second)\nsend(█second)", "first, ")
        check_guess("total = first + second\ntotal = █ + second", "first")

    def test_half_a_word_is_completed_before_a_suffix(self) -> None:
        check_guess("send(first, second)\nsend(first, sec█)", "ond")

    def test_blanks_behind_the_cursor_are_no_suffix(self) -> None:
        check_guess("send(first, second)\nsend(█  ", "first, second)")


class TestTheCursorsOwnLine:
    def test_it_does_not_match_itself(self) -> None:
        asked = Asked()
        asked.open(["alpha = beta(gamma)"])
        assert asked.guess(["alpha = beta(gamma)"], 0, 8) is None

    def test_it_does_not_match_what_stood_there_before_an_edit(self) -> None:
        asked = Asked()
        asked.open(["alpha = beta(gamma)", "delta()"])
        asked.lookup.change(URI, 0, 1, ["alpha = "])
        assert asked.guess(["alpha = ", "delta()"], 0, 8) is None

    def test_an_empty_line_does_not_repeat_the_line_below(self) -> None:
        lines = ["alpha()", "", "beta()"]
        asked = Asked()
        asked.open(lines)
        assert asked.guess(lines, 1, 0) is None

    def test_text_behind_the_cursor_is_no_evidence_for_the_line_below_it(self) -> None:
        # The second `tail` follows `left right`, which must not count for a cursor within `left right`.
        lines = ["left right", "tail(1)", "left right", "tail(2)", "left "]
        asked = Asked()
        asked.open(lines)
        guess = asked.guess([*lines[:4], "left "], 4, 5)
        assert guess is not None
        assert guess.text == "right"


def test_open_documents_are_asked_before_their_last_line_was_left() -> None:
    asked = Asked()
    asked.open(["nothing"], "file:///work/other.py")
    asked.lookup.change("file:///work/other.py", 0, 1, ["handle = acquire(pool, timeout)"])
    assert asked.text_after("handle = acquire(") == "pool, timeout)"


def test_a_closed_document_is_forgotten() -> None:
    asked = Asked()
    asked.open(["handle = acquire(pool, timeout)"], "untitled:1")
    asked.lookup.close("untitled:1")
    assert asked.text_after("handle = acquire(") is None


def test_opening_again_replaces_the_text() -> None:
    asked = Asked()
    asked.open(["one = first(a)", "two = second(b)", "  ", "three = third(c)"])
    asked.open(["one = first(a)", "two = other(b)", "", "", "three = third(d)"])
    assert asked.text_after("two = ") == "other(b)"
    assert asked.text_after("one = first(") == "a)"
    assert asked.text_after("three = third(") == "d)"
    assert asked.text_after("two = second(") != "b)"


def test_text_that_is_no_code_is_completed_too() -> None:
    check_guess("Ünïcödé wörds 日本語 are words\n\nÜnïcödé wörds 日█", "本語 are words")


def test_lone_surrogates_and_control_characters_do_no_harm() -> None:
    asked = Asked()
    asked.open(["key = '\ud800' + \x0c tail", "x"])
    assert asked.text_after("key = '\ud800' ") == "+ \x0c tail"


def test_lines_too_long_to_index_are_passed_over() -> None:
    asked = Asked()
    asked.open(["data = load(" + "x" * MAX_LINE_CHARS, "after(line)", "data = load(file)"])
    assert asked.text_after("data = load(") == "file)"
    assert asked.text_after("y" * (MAX_LINE_CHARS + 1)) is None


def test_unknown_documents_are_no_error() -> None:
    asked = Asked()
    asked.lookup.change("file:///never/opened.py", 3, 4, ["text"])
    asked.lookup.close("file:///never/opened.py")
    assert asked.guess(["text"], 0, 2) is None


def test_a_document_that_is_excluded_is_not_learnt_from() -> None:
    asked = Asked(is_excluded=lambda path: path.name == ".env")
    asked.open(["TOKEN = secret(value)"], "file:///work/.env")
    assert asked.text_after("TOKEN = ") is None


def test_stats_count_what_is_indexed() -> None:
    asked = Asked()
    asked.open(["one(1)", "", "two(2)"])
    asked.text_after("one")
    stats = asked.lookup.stats
    assert (stats.documents, stats.files, stats.lines, stats.is_crawling) == (1, 0, 2, False)
    # Each line has a token for its indentation, four of its own, and one for its end.
    assert stats.tokens == 12
    assert stats.size_bytes > 0
