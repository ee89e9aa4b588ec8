"""A hostile repository against the real server: no connection off the list, no key to anybody, no program started.

The process under test tells of every socket it connects, every name it looks up and every program it starts, by an
audit hook that no code in it can take out. A spy listens where the tricks lead.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import KEYS, REPOSITORY, SECRET, Tree, toml_file
from tests.protocol.client import Client, Refused
from tests.protocol.conftest import Place
from tests.protocol.editor import BARE_CAPABILITIES, Editor, start_session
from tests.real.by_heart import knows
from tests.servers.fake_ollama import FakeOllama
from tests.servers.loopback import Exchange, LoopbackServer
from tierlsp.assemble.completion import open_backends, spec_of
from tierlsp.backends.chat import ChatBackend
from tierlsp.backends.keys import find_key
from tierlsp.backends.open import open_chat_backend
from tierlsp.errors import BackendError
from tierlsp.settings import Layer, Loaded, Origin, load
from tierlsp.settings.presets import PRESETS, found_keys

KNOWN = "def area(r):\n    return 3.14159 * r ** 2\n"
REST = "3.14159 * r ** 2"
WITH_SETTINGS = BARE_CAPABILITIES | {
    "workspace": {"configuration": True},
    "experimental": {"tierlsp": {"status": True}},
}

HOOK = """\
import os, sys
_file = os.open(os.environ["AUDIT_FILE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_WATCHED = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0,
            "socket.gethostbyname": 0, "subprocess.Popen": 0, "os.system": 0, "os.exec": 0, "os.posix_spawn": 0,
            "os.fork": None, "os.forkpty": None}
def _tell(event, arguments):
    if event in _WATCHED:
        at = _WATCHED[event]
        os.write(_file, f"{event} {arguments[at]!r}\\n".encode() if at is not None else f"{event}\\n".encode())
sys.addaudithook(_tell)
"""
"""Runs in the server's process before anything of the server."""


class Watch:
    """The spy, the model server that may be asked, and what the process under test has done."""

    def __init__(self, place: Place, ollama: FakeOllama, spy: LoopbackServer) -> None:
        self.place = place
        self.ollama = ollama
        self.spy = spy
        hooks = place.home / "hooks"
        hooks.mkdir()
        (hooks / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
        self._file = place.home / "audit"
        self._file.touch()
        self.environment = KEYS | {
            "AUDIT_FILE": str(self._file),
            "PYTHONPATH": os.pathsep.join([str(hooks), place.environment["PYTHONPATH"]]),
        }

    @property
    def deeds(self) -> set[str]:
        """What the process has done, but for talking to the model server of the person."""
        allowed = {
            f"socket.connect {('127.0.0.1', self.ollama.port)!r}",
            "socket.getaddrinfo '127.0.0.1'",
        }
        return set(self._file.read_text(encoding="utf-8").splitlines()) - allowed

    @property
    def has_watched(self) -> bool:
        """Whether the hook has told of the one connection that is right: without it, nothing would be shown."""
        return f"socket.connect {('127.0.0.1', self.ollama.port)!r}" in self._file.read_text(encoding="utf-8")

    def check(self, client: Client) -> None:
        """Fail if anything went where it must not."""
        assert self.has_watched
        assert self.deeds == set()
        assert self.spy.connections == 0
        sent = [(exchange.path, exchange.headers, exchange.body) for exchange in self.ollama.exchanges]
        shown = [json.dumps(client.unexpected()), client.log, *client.logs, str(client.asked)]
        assert SECRET not in repr(sent)
        assert not any(SECRET in text for text in shown)
        assert not any(name.lower() in ("authorization", "x-api-key") for _, headers, _ in sent for name in headers)


async def answer_anything(exchange: Exchange) -> None:
    await exchange.reply({})


@pytest.fixture
async def watch(place: Place) -> AsyncIterator[Watch]:
    async with FakeOllama(knows(KNOWN)) as ollama, LoopbackServer(answer_anything) as spy:
        yield Watch(place, ollama, spy)


@asynccontextmanager
async def session(watch: Watch, options: Any = None, **environment: str) -> AsyncIterator[Client]:
    """Start a server in the hostile workspace, with every key in its environment."""
    client = watch.place.client(model_url=watch.ollama.url, more_environment=watch.environment | environment)
    async with client:
        await start_session(client, watch.place.workspace, WITH_SETTINGS, options=options)
        yield client
        watch.check(client)
        await forget(client)


async def work(client: Client, place: Place, name: str = "a.py") -> str:
    """Do what a person does: open a file, ask for a completion, pick an action; return the completion."""
    editor = Editor(client, place.uri(name))
    editor.open("def area(r):\n    return █\n")
    ghost = await editor.ghost()
    arguments = {
        "action": "explain",
        "uri": place.uri(name),
        "range": {"start": editor.position, "end": editor.position},
    }
    for command, given in (("tierlsp.run", [arguments]), ("tierlsp.explainRoute", [arguments]), ("tierlsp.doctor", [])):
        try:
            await client.request("workspace/executeCommand", {"command": command, "arguments": given})
        except Refused:
            # Such as for a file that the repository excludes.
            continue
        if command == "tierlsp.run":
            assert (await client.expect("tierlsp/runFinished"))["outcome"] != "done"
    editor.close()
    return ghost


async def forget(client: Client) -> None:
    """Take every message that came: what it says is the matter of other tests."""
    for message in client.unexpected():
        await client.expect(message["method"])


@pytest.mark.parametrize("channel", [".tierlsp.toml", "workspace/configuration", "workspace/didChangeConfiguration"])
async def test_no_trick_of_a_repository_reaches_anybody(watch: Watch, channel: str) -> None:
    file = watch.place.workspace / ".tierlsp.toml"
    async with session(watch) as client:
        for number, trick in enumerate(REPOSITORY.values()):
            tree: Tree = trick(watch.spy.url)
            sent: Any = {}
            if channel == ".tierlsp.toml":
                file.write_text(toml_file(tree), encoding="utf-8")
            elif channel == "workspace/configuration":
                client.configuration = tree
            else:
                client.configuration = tree
                sent = {"tierlsp": tree}
            client.notify("workspace/didChangeConfiguration", {"settings": sent})
            await client.request("workspace/executeCommand", {"command": "tierlsp.doctor"})
            assert await work(client, watch.place, f"a{number}.py") == REST
            await forget(client)


def _dotenv(place: Place, spy: str) -> None:
    lines = [f"TIERLSP_BACKENDS_OLLAMA_BASE_URL={spy}", "OPENAI_API_KEY=x", f"OLLAMA_HOST={spy}"]
    for name in (".env", ".envrc"):
        (place.workspace / name).write_text("\n".join(lines), encoding="utf-8")


def _other_files(place: Place, spy: str) -> None:
    tree = {"backends": {"ollama": {"baseUrl": spy}}}
    for name in ("config.toml", "tierlsp.toml", "tierlsp/config.toml", ".config/tierlsp/config.toml"):
        path = place.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(toml_file(tree), encoding="utf-8")
    (place.workspace / "pyproject.toml").write_text(toml_file({"tool": {"tierlsp": tree}}), encoding="utf-8")
    settings = place.workspace / ".vscode" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"tierlsp": tree}), encoding="utf-8")


def _code(place: Place, spy: str) -> None:
    for name in ("httpx2.py", "tomllib.py", "json.py", "asyncio.py", "keyring.py", "sitecustomize.py", "runpy.py"):
        (place.workspace / name).write_text("import os\nos.system('true')\n", encoding="utf-8")


def _link(place: Place, spy: str) -> None:
    outside = place.home / "outside.toml"
    outside.write_text(toml_file({"completion": {"enabled": False}}), encoding="utf-8")
    (place.workspace / ".tierlsp.toml").symlink_to(outside)


def _netrc(place: Place, spy: str) -> None:
    for name in (place.workspace / ".netrc", place.home / ".netrc"):
        name.write_text(f"machine 127.0.0.1 login me password {SECRET}\n", encoding="utf-8")
        name.chmod(0o600)


FILES: dict[str, Callable[[Place, str], None]] = {
    "a file of variables": _dotenv,
    "settings files of other names": _other_files,
    "modules of the names that the server imports": _code,
    "a link out of the project": _link,
    "a file of passwords": _netrc,
}


async def test_no_other_file_of_a_repository_counts(watch: Watch) -> None:
    for lay in FILES.values():
        lay(watch.place, watch.spy.url)
    async with session(watch) as client:
        assert await work(client, watch.place) == REST


async def test_no_variable_of_a_proxy_a_certificate_or_another_program_counts(watch: Watch) -> None:
    spy, key_log = watch.spy.url, watch.place.home / "keys.log"
    names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
    names += ["OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL", "GEMINI_BASE_URL", "MISTRAL_BASE_URL"]
    variables = dict.fromkeys(names, spy) | {
        "SSLKEYLOGFILE": str(key_log),
        "SSL_CERT_FILE": str(watch.place.home / "x"),
    }
    async with session(watch, **variables) as client:
        assert await work(client, watch.place) == REST
    assert not key_log.exists()


async def test_what_stands_beside_the_section_in_the_options_is_not_the_persons(watch: Watch) -> None:
    tree = REPOSITORY["a server of one's own, and a model of it"](watch.spy.url)
    options = {
        "tierlsp": {"completion": {"maxTokens": 64}},
        "workspace": tree,
        "workspaceFolder": {"tierlsp": tree},
        **tree,
    }
    async with session(watch, options) as client:
        assert await work(client, watch.place) == REST


async def test_a_watched_process_tells_of_what_it_does(watch: Watch, tmp_path: Path) -> None:
    """The tests above must be able to fail: here the person leads the local server to the spy."""
    client = watch.place.client(model_url=watch.spy.url, more_environment=watch.environment)
    async with client:
        await start_session(client, watch.place.workspace, WITH_SETTINGS)
        await work(client, watch.place)
        await forget(client)
    assert f"socket.connect {('127.0.0.1', watch.spy.port)!r}" in watch.deeds
    assert watch.spy.connections > 0
    assert SECRET not in repr([(exchange.headers, exchange.body) for exchange in watch.spy.exchanges])


def test_completion_sees_no_server_in_the_cloud_whatever_keys_there_are() -> None:
    own = Layer(Origin.FILE, {"backends": {name: {} for name in PRESETS}})
    loaded = load([own, Layer(Origin.ENVIRONMENT, found_keys=found_keys(KEYS))])
    assert set(loaded.settings.backends) == set(PRESETS)
    assert [backend.spec.kind for backend in open_backends(loaded.settings)] == ["ollama", "llamacpp"]


CLOUD_KINDS = [name for name, preset in PRESETS.items() if preset.api_key_envs]


def led_to(url: str, kind: str, **more: str) -> Loaded:
    """Return the settings of a person who has every key and leads one preset elsewhere; no key is named beside it."""
    own = Layer(Origin.FILE, {"backends": {kind: {"baseUrl": url, **more}}})
    return load([own, Layer(Origin.ENVIRONMENT, found_keys=found_keys(KEYS))])


def opened(loaded: Loaded, kind: str) -> ChatBackend:
    """Open a backend as every part of the package does."""
    backend = loaded.settings.backends[kind]
    found = find_key((backend.api_key_env,), environ=KEYS) if backend.api_key_env else None
    return open_chat_backend(spec_of(kind, backend), found.key if found else None)


@pytest.mark.parametrize("kind", CLOUD_KINDS)
async def test_a_preset_that_is_led_elsewhere_takes_no_key_along(kind: str) -> None:
    async with LoopbackServer(answer_anything) as spy:
        # Where a preset is at home on this machine, its own key may go to it: another host is one by name.
        url = spy.url.replace("127.0.0.1", "localhost")
        backend = opened(led_to(url, kind), kind)
        with suppress(BackendError):
            await backend.check()
        await backend.aclose()
    assert spy.exchanges
    assert SECRET not in repr([(exchange.path, exchange.headers, exchange.body) for exchange in spy.exchanges])


@pytest.mark.parametrize("kind", CLOUD_KINDS)
async def test_a_key_that_is_named_beside_the_address_goes_there_and_nowhere_else(kind: str) -> None:
    variable = PRESETS[kind].api_key_envs[0]

    async def lead_on(exchange: Exchange) -> None:
        await exchange.reply(b"", 307, "text/plain", f"Location: {spy.url}/v1/models")

    async with LoopbackServer(answer_anything) as spy, LoopbackServer(lead_on) as home:
        backend = opened(led_to(home.url, kind, apiKeyEnv=variable), kind)
        with suppress(BackendError):
            await backend.check()
        await backend.aclose()
    assert KEYS[variable] in repr([exchange.headers for exchange in home.exchanges])
    assert spy.connections == 0
