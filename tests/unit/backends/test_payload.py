import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierlsp.backends.payload import (
    LineSplitter,
    count_in,
    encode,
    excerpt,
    mended,
    number_in,
    objects_in,
    one_line,
    read_object,
    text_in,
    word_in,
)
from tierlsp.errors import Garbled


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40)))
def test_lines_are_cut_at_line_feeds_only_however_the_bytes_come(pieces: list[bytes]) -> None:
    splitter = LineSplitter(10_000)
    lines = [line for piece in pieces for line in splitter.feed(piece)]
    assert [*lines, splitter.rest()] == b"".join(pieces).split(b"\n")


def test_a_line_is_as_long_as_the_limit_and_no_longer() -> None:
    assert list(LineSplitter(5).feed(b"12345\n12345\n")) == [b"12345", b"12345"]
    with pytest.raises(Garbled, match="line"):
        list(LineSplitter(5).feed(b"123456\n"))
    splitter = LineSplitter(5)
    list(splitter.feed(b"123"))
    with pytest.raises(Garbled):
        list(splitter.feed(b"456"))


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_every_text_can_be_sent_and_whole_texts_are_not_changed(text: str) -> None:
    sent = json.loads(encode({"text": text}).decode())["text"]
    assert sent == mended(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        assert "\ufffd" in sent or len(sent) < len(text)
    else:
        assert sent == text


def test_a_pair_of_surrogates_becomes_its_character() -> None:
    assert mended("\ud83d\ude00 \ud83d") == "😀 \ufffd"


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"nul", b"\xff", b'"\xed\xa0\x80"', b"[" * 100_000, b"1" * 5_000, b"\x00", "{}".encode("utf-16")],
)
def test_what_is_not_json_is_garbled(data: bytes) -> None:
    with pytest.raises(Garbled) as caught:
        read_object(data, "it")
    assert caught.value.cause == "not-json"


@pytest.mark.parametrize("data", [b"[]", b"1", b'"x"', b"null", b"true"])
def test_json_of_another_form_is_garbled(data: bytes) -> None:
    with pytest.raises(Garbled) as caught:
        read_object(data, "it")
    assert caught.value.cause == "wrong-form"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1", 1.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("-1", 0.0),
        ("true", 0.0),
        ('"1"', 0.0),
        ("null", 0.0),
        ("NaN", 0.0),
        ("Infinity", 0.0),
        ("1e999", 0.0),
        ("1" + "0" * 400, 0.0),
    ],
)
def test_a_number_that_counts_nothing_is_none(written: str, number: float) -> None:
    answer = json.loads('{"n":' + written + "}")
    assert number_in(answer, "n") == number
    assert count_in(answer, "n") == int(number)


def test_values_of_the_wrong_type_are_left_out_where_they_do_not_matter() -> None:
    answer = {"list": [1, {"a": 1}, None, []], "word": ["x"], "none": None}
    assert objects_in(answer, "list") == [{"a": 1}]
    assert objects_in(answer, "word") == []
    assert objects_in({"list": {"a": 1}}, "list") == []
    assert word_in(answer, "word") == ""
    assert word_in(answer, "missing") == ""


def test_text_of_the_wrong_type_is_garbled_where_it_is_the_answer() -> None:
    assert text_in({"text": None}, "text", "it") == ""
    assert text_in({}, "text", "it") == ""
    with pytest.raises(Garbled):
        text_in({"text": 1}, "text", "it")


@settings(deadline=None)
@given(st.binary(max_size=2_000))
def test_what_a_server_says_fits_on_one_line(data: bytes) -> None:
    shown = excerpt(data)
    assert shown.isprintable()
    assert len(shown) <= 201


def test_long_words_are_cut_and_control_signs_do_not_reach_a_terminal() -> None:
    assert one_line("a\x1b[31m\n\tb\u202ec") == "a [31m b c"
    assert one_line("x" * 1_000) == "x" * 200 + "…"
    assert excerpt(b"  <html>oops") == "a page for browsers"
