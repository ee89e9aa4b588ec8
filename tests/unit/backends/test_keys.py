"""Keys: where they are found, that nothing shows them, and that they go to one host over a safe line only."""

import logging
import pickle
import sys
import types
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.servers.fake_chat import FakeChat
from tests.servers.loopback import Connection, LoopbackServer
from tests.unit.backends.chatting import KINDS, chunks_of, open_at
from tierlsp.backends.base import BackendSpec
from tierlsp.backends.keys import SERVICE, ApiKey, find_key, from_keyring
from tierlsp.backends.open import open_chat_backend
from tierlsp.errors import BackendError, SettingsError, Unavailable

KEY = "sk-very-secret-123"


def nothing(name: str) -> None:
    return None


def test_the_environment_comes_first_in_the_order_of_the_names() -> None:
    environ = {"B": "sk-b", "C": "sk-c"}
    found = find_key(("A", "B", "C"), environ=environ, keyring=lambda name: "sk-ring")
    assert found is not None
    assert (found.key.reveal(), found.source) == ("sk-b", "B")


def test_the_keyring_comes_after_it_and_an_empty_variable_is_none() -> None:
    found = find_key(("A", "B"), environ={"A": "  "}, keyring={"B": "sk-ring"}.get)
    assert found is not None
    assert (found.key.reveal(), found.source) == ("sk-ring", "the keyring's entry B")


def test_where_no_key_is_to_be_sent_none_is_looked_for() -> None:
    def fail(name: str) -> str | None:
        raise AssertionError(name)

    assert find_key((), environ={"": "sk", "A": "sk"}, keyring=fail) is None
    assert find_key(("A",), environ={}, keyring=nothing) is None


@settings(deadline=None)
@given(text=st.text(max_size=60))
def test_a_key_is_printable_ascii_or_refused_in_words_that_do_not_show_it(text: str) -> None:
    try:
        key = ApiKey(text, "MY_KEY")
    except SettingsError as error:
        assert "MY_KEY" in str(error)
        assert len(text) < 8 or text not in str(error)
    else:
        assert key.reveal() == text
        assert all("!" <= char <= "~" for char in text)


@pytest.mark.parametrize("text", ["", "sk-a\nX-Evil: 1", "sk-a\r", "sk-é", "sk a", "sk-\x00", "s" * 5_000])
def test_what_would_break_a_header_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        ApiKey(text, "MY_KEY")
    assert str(caught.value).isprintable()
    assert "sk-" not in str(caught.value)


def test_nothing_shows_a_key() -> None:
    key = ApiKey(KEY, "A")
    found = find_key(("A",), environ={"A": KEY})
    for shown in (repr(key), str(key), f"{key}", repr(found), repr([key]), repr({"key": key})):
        assert "secret" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(key)


class _Ring:
    """Stands for a backend of the package `keyring`."""


class _PlaintextKeyring:
    """Stands for the one that writes a file anybody can read."""


class _Chainer:
    def __init__(self, *backends: object) -> None:
        self.backends = list(backends)


def install(monkeypatch: pytest.MonkeyPatch, backend: object, get: Callable[[str, str], object]) -> None:
    library = types.ModuleType("keyring")
    library.get_keyring = lambda: backend
    library.get_password = get
    monkeypatch.setitem(sys.modules, "keyring", library)


def test_the_systems_keyring_is_asked_under_our_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    install(monkeypatch, _Ring(), lambda service, name: asked.append((service, name)) or "sk-ring")
    assert from_keyring("OPENAI_API_KEY") == "sk-ring"
    assert asked == [(SERVICE, "OPENAI_API_KEY")]


def test_a_keyring_that_keeps_plain_text_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for backend in (_PlaintextKeyring(), _Chainer(_Ring(), _PlaintextKeyring())):
        install(monkeypatch, backend, lambda service, name: "sk-ring")
        assert from_keyring("A") is None


def test_a_keyring_that_is_not_there_locked_or_broken_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert from_keyring("A") is None

    def locked(service: str, name: str) -> object:
        raise RuntimeError("No recommended backend was available")

    install(monkeypatch, _Ring(), locked)
    assert from_keyring("A") is None
    install(monkeypatch, _Ring(), lambda service, name: None)
    assert from_keyring("A") is None
    install(monkeypatch, _Ring(), lambda service, name: b"bytes")
    assert from_keyring("A") is None


TRICKS = [
    "http://api.openai.com",
    "http://192.168.1.5:8000",
    "http://api.openai.com@evil.test",
    "https://api.openai.com@evil.test",
    "https://user:pass@api.openai.com",
    "https://api.openai.com#@evil.test",
    "https://api.openai.com?x=@evil.test",
    "https://evil.test\\@api.openai.com",
    "https://api.openai.com\\.evil.test",
    "https://api.openai.com%00.evil.test",
    "https://api.openai.com\n.evil.test",
    "https://api.openai.com\t",
    " https://api.openai.com",
    "https://api.openai.com /",
    "https://аpi.openai.com",
    "https://api。openai.com",
    "https://169.254.169.254",
    "http://169.254.169.254/latest",
    "https://[fe80::1]",
    "https://224.0.0.1",
    "https://127.1",
    "http://0x7f000001",
    "http://2130706433",
    "http://127.0.0.1.nip.io",
    "http://localhost.evil.test",
    "http://[::ffff:8.8.8.8]",
    "file:///etc/passwd",
    "ftp://127.0.0.1",
    "gopher://127.0.0.1",
    "unix:///var/run/x.sock",
    "//api.openai.com",
    "api.openai.com",
    "https://",
    "https:///x",
    "https://api.openai.com:0",
    "https://api.openai.com:99999",
    "https://api.openai.com:x",
    "https://API.openai.com",
    "https://api.openai.com/v1/",
    "https://-x.test",
    "",
]


@pytest.mark.parametrize("url", TRICKS)
@pytest.mark.parametrize("kind", ["openai", "anthropic", "ollama"])
def test_a_key_is_not_even_held_for_an_address_that_is_unclear_or_open_to_be_read(url: str, kind: str) -> None:
    with pytest.raises(SettingsError, match="no API key is sent") as caught:
        open_chat_backend(BackendSpec("mine", kind, url), ApiKey(KEY, "A"))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://api.openai.com/v1", "http://127.0.0.1:4000/v1", "http://localhost:1", "http://[::1]:1"]
)
def test_a_key_may_go_over_a_safe_line_and_to_this_machine(url: str) -> None:
    assert open_chat_backend(BackendSpec("mine", "openai", url), ApiKey(KEY, "A")).spec.base_url == url


def test_an_unknown_kind_is_told_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match=r"there are anthropic, deepseek, .*vllm"):
        open_chat_backend(BackendSpec("mine", "opneai", "http://127.0.0.1:1"))


@pytest.mark.parametrize("kind", KINDS)
async def test_no_log_shows_a_key_even_at_its_loudest(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx2", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger=name)
    async with FakeChat(kind) as server:
        backend = open_at(server.url, kind, KEY)
        await chunks_of(backend)
        await backend.aclose()
    assert KEY not in caplog.text


class _Eavesdropper(LoopbackServer):
    """Takes note of every byte, and answers none."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = bytearray()

    def _opened(self, connection: Connection) -> None:
        super()._opened(connection)

        def data_received(data: bytes) -> None:
            self.heard.extend(data)
            connection.transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        connection.data_received = data_received


async def test_a_server_that_speaks_no_tls_hears_neither_key_nor_question() -> None:
    async with _Eavesdropper() as server:
        backend = open_at(server.url.replace("http:", "https:"), "openai", KEY)
        with pytest.raises(Unavailable) as caught:
            await chunks_of(backend)
        assert caught.value.cause == "tls"
        assert server.heard, "it was spoken to"
        for word in (KEY.encode(), b"POST", b"question", b"Bearer"):
            assert word not in server.heard
        await backend.aclose()


async def test_an_error_holds_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeChat("openai") as server:
        server.key = "other"
        backend = open_at(server.url, "openai", KEY)
        with pytest.raises(BackendError) as caught:
            await chunks_of(backend)
        error: BaseException | None = caught.value
        while error is not None:
            assert KEY not in repr(error)
            error = error.__cause__ or error.__context__
        await backend.aclose()
