"""Framing and writing: what comes in is found again after any damage; what goes out keeps its order."""

import json
import os
import random
import threading

import pytest

from tierlsp.lsp.wire import ATOMIC_BYTES, MAX_BODY_BYTES, Framer, Writer, frame


def read_all(chunks: list[bytes]) -> list:
    """Feed `chunks`, and recover from bodies that are no JSON as the dispatcher does."""
    framer, messages = Framer(), []
    for chunk in chunks:
        framer.feed(chunk)
        for body in framer.bodies():
            try:
                messages.append(json.loads(body))
            except ValueError:
                framer.recover(body)
    return messages


def message(number: int) -> bytes:
    # The text looks like a header, as a document about HTTP would.
    return frame({"id": number, "text": "Content-Length: 5\r\n\r\n{}"})


def test_a_stream_cut_at_every_byte_gives_every_message() -> None:
    stream = b"".join(message(number) for number in range(3))
    for cut in range(len(stream)):
        assert [read["id"] for read in read_all([stream[:cut], stream[cut:]])] == [0, 1, 2]
    assert len(read_all([bytes([byte]) for byte in stream])) == 3


@pytest.mark.parametrize(
    "header",
    [
        b"content-length:%d\n\n",
        b"CONTENT-LENGTH :  %d \r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
        b"Content-Length: %d\r\nContent-Type: application/vscode-jsonrpc\r\n\r\n",
        b"\r\n\r\nContent-Length: %d\r\n\r\n",
    ],
)
def test_headers_in_every_spelling_are_read(header: bytes) -> None:
    body = b'{"id":1}'
    assert read_all([header % len(body) + body]) == [{"id": 1}]


@pytest.mark.parametrize(
    "damage",
    [
        b"garbage",
        b"garbage\r\n\r\n{}",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: x\r\n\r\n{}",
        b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
        b"Content-Length: 4000000000\r\n\r\n",
        b"Content-Length: 999999\r\n\r\n{}",
        b"Content-Length: 60\r\n\r\n{}",
        b'Content-Length: 3\r\n\r\n{"id":7}',
        # The next message's header is cut at each of its bytes.
        *[b"Content-Length: %d\r\n\r\n{}" % length for length in range(3, 30)],
        b"X" * 200_000,
        b"\0\xff\xfe" * 50,
        b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        b"Content-Length: 5\r\n" + b"X: " + b"y" * 20_000,
    ],
)
def test_reading_goes_on_after_any_damage(damage: bytes) -> None:
    stream = message(0) + damage + message(1) + message(2)
    whole = [read.get("id") for read in read_all([stream])]
    in_bits = [read.get("id") for read in read_all([stream[i : i + 7] for i in range(0, len(stream), 7)])]
    for ids in (whole, in_bits):
        assert ids[0] == 0
        assert 1 in ids
        assert ids[-1] == 2


def test_what_never_becomes_a_message_is_not_kept() -> None:
    framer = Framer()
    for _ in range(100):
        framer.feed(b"no header in sight " * 1000)
        assert list(framer.bodies()) == []
    assert len(framer._buffer) < 100_000


def test_a_body_may_be_as_large_as_the_bound() -> None:
    assert read_all([frame({"id": 1, "text": "x" * 1_000_000})])[0]["id"] == 1
    assert MAX_BODY_BYTES >= 50_000_000


def drain(fd: int, into: list[bytes]) -> None:
    while data := os.read(fd, 65536):
        into.append(data)


@pytest.mark.parametrize("is_slow", [False, True])
def test_frames_of_all_sizes_arrive_whole_and_in_order(is_slow: bool) -> None:
    read_fd, write_fd = os.pipe()
    gone: list[bool] = []
    writer = Writer(write_fd, on_gone=lambda: gone.append(True))
    rng = random.Random(1)
    sizes = [rng.choice([1, 100, ATOMIC_BYTES + 1, 200_000]) for _ in range(200)]
    received: list[bytes] = []
    reader = threading.Thread(target=drain, args=(read_fd, received))
    if not is_slow:
        reader.start()
    for number, size in enumerate(sizes):
        writer.send(frame({"id": number, "text": "x" * size}))
    if is_slow:
        # Nothing was read so far: the writer has taken everything without blocking.
        reader.start()
    writer.close(timeout_s=30)
    os.close(write_fd)
    reader.join()
    os.close(read_fd)
    assert [read["id"] for read in read_all(received)] == list(range(200))
    assert not gone


def test_a_client_that_went_away_is_told_once() -> None:
    read_fd, write_fd = os.pipe()
    gone = threading.Event()
    writer = Writer(write_fd, on_gone=gone.set)
    os.close(read_fd)
    for _ in range(3):
        writer.send(frame({"id": 1}))
    assert gone.wait(10)
    writer.close(timeout_s=1)
    os.close(write_fd)


def test_lone_surrogates_are_written_as_they_came() -> None:
    assert json.loads(frame({"text": "\ud800"}).partition(b"\r\n\r\n")[2]) == {"text": "\ud800"}
