"""Where the servers under test live: a home and a workspace of their own, and no model server but those of the test."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

import tierlsp
from tests.protocol.client import Client

if TYPE_CHECKING:
    from tests.protocol.rooms import Rooms

_NOT_HANDED_ON = ("TIERLSP_", "OLLAMA_", "XDG_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
"""Variables by which this machine's own set-up could change what the server under test does."""


def _changes_the_server(variable: str) -> bool:
    return variable.startswith(_NOT_HANDED_ON) or variable.endswith("_API_KEY")


@dataclass(frozen=True)
class Place:
    """The surroundings of one server."""

    home: Path
    workspace: Path
    environment: dict[str, str]

    @property
    def config_file(self) -> Path:
        """The person's settings; not there until a test writes them."""
        return Path(self.environment["XDG_CONFIG_HOME"]) / "tierlsp" / "config.toml"

    def configure(self, toml: str) -> None:
        """Write the person's settings, at once: a server that runs may look at any moment."""
        self.config_file.parent.mkdir(parents=True, exist_ok=True)
        new = self.config_file.with_name("new.toml")
        new.write_text(toml, encoding="utf-8")
        new.replace(self.config_file)

    def uri(self, name: str) -> str:
        """The URI of a file in the workspace; it need not exist."""
        return (self.workspace / name).as_uri()

    def command(self, *arguments: str) -> list[str]:
        """The command line of a server."""
        return [sys.executable, "-m", "tierlsp", *arguments]

    def client(self, *arguments: str, model_url: str | None = None, **options: Any) -> Client:
        """Return a client that starts a server when it is entered.

        Args:
            arguments: the server's.
            model_url: the address of an Ollama; without it there is none on this machine.
            options: as `Client` takes them; `more_environment` is added to the environment.
        """
        environment = self.environment | options.pop("more_environment", {})
        if model_url is not None:
            environment["OLLAMA_HOST"] = model_url
        return Client(
            self.command(*arguments),
            environment=environment,
            directory=self.workspace,
            log=self.home / "server.log",
            **options,
        )


@pytest.fixture(scope="session")
def closed_port() -> Iterator[int]:
    """A port at which nobody answers: taken, so that nobody else can listen there, and not listened to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def place(tmp_path: Path, closed_port: int) -> Place:
    """A home and an empty workspace, on a machine without any model server."""
    return place_at(tmp_path, closed_port)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rooms(tmp_path_factory: pytest.TempPathFactory, closed_port: int) -> AsyncIterator[Rooms]:
    """A room for each captured editor, for all runs of a module."""
    from tests.protocol.rooms import Rooms

    found = Rooms(tmp_path_factory.mktemp("rooms"), closed_port)
    yield found
    await found.aclose()


def place_at(directory: Path, closed_port: int) -> Place:
    """Make a home and an empty workspace in `directory`, with `closed_port` where a model server would be."""
    home, workspace = directory / "home", directory / "workspace"
    home.mkdir()
    workspace.mkdir()
    environment = {name: value for name, value in os.environ.items() if not _changes_the_server(name.upper())}
    # The package need not be installed: it is found where these tests found it.
    paths = [str(Path(tierlsp.__file__).parent.parent), *filter(None, [environment.get("PYTHONPATH")])]
    environment |= {
        "HOME": str(home),
        "OLLAMA_HOST": f"http://127.0.0.1:{closed_port}",
        "PYTHONPATH": os.pathsep.join(paths),
    }
    environment |= {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE", "DATA")}
    return Place(home, workspace, environment)
