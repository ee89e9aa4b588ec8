"""The guard in `conftest.py` must be able to refuse."""

import asyncio
import socket

import pytest

from tests.conftest import NetworkRefused

ELSEWHERE = ("192.0.2.1", 9)
"""An address of nobody (RFC 5737)."""


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_socket_to_another_machine_is_refused(kind: socket.SocketKind) -> None:
    with socket.socket(type=kind) as client:
        with pytest.raises(NetworkRefused):
            client.connect(ELSEWHERE)
        with pytest.raises(NetworkRefused):
            client.sendto(b"x", ELSEWHERE)


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(NetworkRefused):
        socket.getaddrinfo("example.invalid", 80)


async def test_loopback_is_open() -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(
            "localhost", server.sockets[0].getsockname()[1], family=socket.AF_INET
        )
        writer.close()
