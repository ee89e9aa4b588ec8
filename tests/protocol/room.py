"""One server with one client and the provider behind it, for one run after the other."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tests.protocol.client import Client
from tests.protocol.conftest import Place, place_at
from tests.protocol.editor import start_session
from tests.protocol.every_action import OWN
from tests.protocol.test_actions import KEY, capabilities_of
from tests.protocol.waiting import until
from tests.repositories import Repository
from tests.servers.chat_wires import USUAL
from tests.servers.fake_chat import FakeChat

PRICES = {"small": (1, 2), "large": (10, 50)}
"""US dollars for a million tokens read and written."""


def settings_of(
    address: str,
    name: str,
    *,
    cloud: str = "allow",
    key: str = "WORK_KEY",
    has_models: bool = True,
    more: str = "",
) -> str:
    """Return settings with one provider, called `name`, which has a cheap and a premium model."""
    tiers = f'[tiers]\ncheap = ["{name}/small"]\npremium = ["{name}/large"]\n' if has_models else ""
    prices = "".join(
        f'[prices."{name}/{model}"]\ninput = {read}\noutput = {written}\n' for model, (read, written) in PRICES.items()
    )
    backend = f'[backends.{name}]\nkind = "litellm"\nbaseUrl = "{address}"\napiKeyEnv = "{key}"\n'
    return f'{backend}{tiers}{prices}[privacy]\ncloud = "{cloud}"\n{OWN}{more}\n'


class Room:
    """One server with one client of a profile, for one run after the other.

    Each run has a provider of a name of its own, so that it knows nothing of what became of the ones before, and what
    it spent can be told from theirs.
    """

    def __init__(self, profile: str, place: Place, client: Client, provider: FakeChat, closed_port: int) -> None:
        self.profile = profile
        self.place = place
        self.client = client
        self.provider = provider
        self.closed_port = closed_port
        self.runs = 0
        self._log_read = 0

    @property
    def name(self) -> str:
        """What the provider is called for this run."""
        return f"w{self.runs}"

    async def furnish(self, *, is_up: bool = True, **settings: Any) -> None:
        """Put the settings for the next run into force, and return once they are."""
        self.runs += 1
        address = self.provider.url if is_up else f"http://127.0.0.1:{self.closed_port}"
        self._changes()
        self.place.configure(settings_of(address, self.name, **settings))
        self.client.notify("workspace/didChangeConfiguration", {"settings": {}})
        await until(lambda: self._changes() > 0)

    async def command(self, command: str, argument: Any = None) -> Any:
        """Have a command of the server's done."""
        return await self.client.request("workspace/executeCommand", {"command": command, "arguments": [argument]})

    def _changes(self) -> int:
        """Return how often the settings have changed since this was last asked, as the server's log says."""
        with (self.place.home / "server.log").open("rb") as log:
            log.seek(self._log_read)
            news = log.read()
        self._log_read += len(news)
        return news.count(b"the settings have changed")


async def open_room(stack: AsyncExitStack, profile: str, directory: Path, closed_port: int) -> Room:
    """Start a provider and a server for a client like `profile`, in a repository of its own."""
    directory.mkdir()
    place = place_at(directory, closed_port)
    repository = Repository(place.workspace)
    repository.git("init", "-q")
    repository.write("staged.py", "a = 1\n")
    repository.commit()
    repository.write("staged.py", "b = 1\n")
    repository.git("add", "-A")
    provider = await stack.enter_async_context(FakeChat("litellm"))
    provider.key = KEY
    place.configure(settings_of(provider.url, "w0"))
    client = await stack.enter_async_context(place.client(more_environment={"WORK_KEY": KEY}))
    await start_session(client, place.workspace, capabilities_of(profile))
    # Before anything is asked for there is nothing that a change of the settings would have to reach.
    await client.request("workspace/executeCommand", {"command": "tierlsp.usage", "arguments": []})
    return Room(profile, place, client, provider, closed_port)


def usd_of(model: str) -> float:
    """Return what one of the provider's answers costs."""
    read, written = PRICES[model]
    return (USUAL.prompt * read + USUAL.output * written) / 1e6
