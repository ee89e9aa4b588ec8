"""Server-sent events, as the HTML standard has them, from lines cut at line feeds alone."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierlsp.backends.payload import LineSplitter
from tierlsp.backends.sse import Event, EventReader


def events_of(*pieces: bytes) -> tuple[list[Event], list[bytes]]:
    splitter, reader = LineSplitter(1_000_000), EventReader()
    events = [event for piece in pieces for line in splitter.feed(piece) if (event := reader.feed(line))]
    last = [reader.feed(splitter.rest()), reader.rest()]
    return events + [event for event in last if event], reader.stray


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data: a\n\n", [Event(b"a")]),
        (b"data:a\n\n", [Event(b"a")]),
        (b"data:  a\n\n", [Event(b" a")]),
        (b"data: a\r\n\r\n", [Event(b"a")]),
        (b"event: ping\r\ndata: a\r\n\r\n", [Event(b"a", "ping")]),
        (b"event: a\ndata: 1\n\ndata: 2\n\n", [Event(b"1", "a"), Event(b"2")]),
        (b"data: a\ndata: b\n\n", [Event(b"a\nb")]),
        (b": hello\n\n: again\ndata: a\n\n", [Event(b"a")]),
        (b"id: 1\nretry: 5\ndata: a\n\n", [Event(b"a")]),
        (b"event: empty\n\ndata: a\n\n", [Event(b"a")]),
        (b"data\n\ndata: a\n\n", [Event(b"a")]),
        (b"\xef\xbb\xbfdata: a\n\n", [Event(b"a")]),
        (b"data: a\n\ndata: b", [Event(b"a"), Event(b"b")]),
        (b"error: {}\n\n", [Event(b"{}", "error")]),
        ("data: a\u2028b\u0085c\x0cd\n\n".encode(), [Event("a\u2028b\u0085c\x0cd".encode())]),
        (b"\n\n\n", []),
        (b"", []),
    ],
)
def test_events_are_those_of_the_standard(stream: bytes, expected: list[Event]) -> None:
    events, stray = events_of(stream)
    assert (events, stray) == (expected, [])


def test_what_is_no_event_is_kept_apart() -> None:
    events, stray = events_of(b'{\n  "error": "x"\n}\n')
    assert events == []
    assert b"\n".join(stray) == b'{\n  "error": "x"\n}'


def test_the_mark_of_the_end_is_known_with_blanks_around_it() -> None:
    assert Event(b" [DONE] ").is_end_mark
    assert not Event(b'"[DONE]"').is_end_mark


TEXTS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)


@settings(deadline=None)
@given(texts=st.lists(TEXTS.filter(str.strip), max_size=6), cuts=st.lists(st.integers(0, 200), max_size=8))
def test_events_come_through_however_their_bytes_are_split(texts: list[str], cuts: list[int]) -> None:
    stream = b"".join(f"data: {text}\n\n".encode() for text in texts)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in itertools.pairwise(edges)]
    events, stray = events_of(*pieces)
    assert [event.data.decode() for event in events] == texts
    assert stray == []


@settings(deadline=None)
@given(data=st.binary(max_size=300))
def test_no_bytes_stop_the_reader(data: bytes) -> None:
    events_of(data)
