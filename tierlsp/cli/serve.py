"""`tierlsp serve`: the language server, on stdio or on a loopback port."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import logging
import os
import socket
import sys
from pathlib import Path
from typing import Any

from tierlsp.errors import TierlspError

LOG_LEVELS = ("debug", "info", "warning", "error")


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("serve", help="the language server (the default command)")
    parser.add_argument("--stdio", action="store_true", help="speak on standard input and output (the default)")
    parser.add_argument("--tcp", metavar="HOST:PORT", help="wait for one client on a loopback address instead")
    parser.add_argument("--log-file", type=Path, metavar="FILE", help="write the log there as well as to stderr")
    parser.add_argument("--log-level", choices=LOG_LEVELS, default="info", help="how much is logged (default: info)")
    # The options may stand on either side of the command's name.
    parser.add_argument("--config", type=Path, metavar="FILE", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    parser.add_argument(
        "--set", dest="more_sets", action="append", default=[], metavar="KEY=VALUE", help=argparse.SUPPRESS
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until the client says `exit` or goes away, and return the exit code."""
    _start_log(args.log_file, args.log_level)
    if args.tcp:
        in_fd = out_fd = _accept(args.tcp)
    else:
        if sys.stdin is not None and sys.stdin.isatty():
            print(
                "tierlsp: waiting for an editor on standard input; `tierlsp demo` shows what it does, Ctrl-C ends it",
                file=sys.stderr,
            )
        in_fd, out_fd = _take_stdio()
    code = asyncio.run(_serve(in_fd, out_fd, args.config, (*args.sets, *args.more_sets)))
    logging.shutdown()
    # Not `sys.exit`: a thread that still waits for a slow disk or a reader must not hold the process.
    os._exit(code)


async def _serve(in_fd: int, out_fd: int, config_file: Path | None, sets: tuple[str, ...]) -> int:
    from tierlsp.lsp.options import StartOptions
    from tierlsp.lsp.server import Server

    return await Server(in_fd, out_fd, StartOptions(config_file, sets)).run()


def _take_stdio() -> tuple[int, int]:
    """Return private copies of standard input and output, and point the public ones elsewhere.

    A stray `print`, or a child that writes to its output or reads from its input, would break the stream for good.
    """
    in_fd, out_fd = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return in_fd, out_fd


def _accept(address: str) -> int:
    """Wait for one client on `address` and return its socket's descriptor.

    Raises:
        TierlspError: the address is no loopback address, or cannot be listened on.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if host == "localhost":
        host = "127.0.0.1"
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback or not port.isdecimal():
        raise TierlspError(f"--tcp takes a loopback address such as 127.0.0.1:9257, and {address!r} is none")
    try:
        with socket.create_server(
            (host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        ) as listener:
            print(
                f"tierlsp: waiting for a client on {host}:{listener.getsockname()[1]}",
                file=sys.stderr,
                flush=True,
            )
            client, _ = listener.accept()
    except (OSError, OverflowError) as error:
        raise TierlspError(f"cannot listen on {address}: {error}") from error
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client.detach()


def _start_log(log_file: Path | None, level: str) -> None:
    """Log to stderr, and to a file that only its owner can read.

    Raises:
        TierlspError: the file cannot be written.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if log_file is not None:
        try:
            os.close(os.open(log_file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
            handlers.append(logging.FileHandler(log_file, encoding="utf-8"))
        except OSError as error:
            raise TierlspError(f"the log file {log_file} cannot be written: {error.strerror}") from error
    logging.basicConfig(
        level=level.upper(), handlers=handlers, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    # Other people's loggers say what this one must not: whole messages, addresses with keys.
    for name in ("pygls", "httpx2", "httpcore2", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)
