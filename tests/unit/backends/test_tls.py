"""The safe line: whom it trusts, and that nothing is said before the other side has shown who it is."""

import ssl
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.servers.chat_faults import FAULTS
from tests.servers.fake_chat import FakeChat
from tests.servers.loopback import CERTIFICATE, Exchange, LoopbackServer, loopback_tls
from tests.unit.backends.chatting import ASK, PLAIN, QUICK, answer_of, chunks_of, open_at
from tierlsp.backends import connections
from tierlsp.backends.connections import tls_context
from tierlsp.errors import Rejected, Unavailable

KINDS = ["openai", "anthropic", "ollama"]


@pytest.fixture(autouse=True)
def _fresh_context() -> Iterator[None]:
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.fixture(params=[True, False], ids=["loopback", "elsewhere"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways in which connections are made: to this machine, and to others, where proxies may be between."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    if not request.param:
        monkeypatch.setattr(connections, "is_loopback", lambda url: False)


@pytest.mark.usefixtures("place", "trusted")
@pytest.mark.parametrize("kind", KINDS)
async def test_questions_are_answered_over_a_safe_line_that_is_kept(kind: str) -> None:
    server = FakeChat(kind)
    server.tls = loopback_tls()
    async with server:
        server.key = "sk-test"
        backend = open_at(server.url, kind)
        for request in (ASK, PLAIN, ASK):
            assert await answer_of(backend, request) == "fine"
        assert server.connections == 1
        await backend.aclose()
        await server.all_closed()


@pytest.mark.usefixtures("place", "trusted")
async def test_limits_hold_over_a_safe_line_too() -> None:
    server = FakeChat("openai")
    server.tls = loopback_tls()
    async with server:
        backend = open_at(server.url, "openai")
        for name, cause in (("stall-mid", "timeout"), ("gzip", "compressed"), ("giant-line", "long-line")):
            server.faults.append(FAULTS[name])
            with pytest.raises(Exception) as caught:
                await chunks_of(backend, replace(ASK, patience=QUICK))
            assert getattr(caught.value, "cause", "") == cause
        await backend.aclose()
        await server.all_closed()


@pytest.mark.usefixtures("place", "trusted")
async def test_a_redirect_over_a_safe_line_is_not_followed_and_no_cookie_is_kept() -> None:
    async with FakeChat("openai") as elsewhere:

        async def send_elsewhere(exchange: Exchange) -> None:
            await exchange.head(307, f"Location: {elsewhere.url}/x", "Set-Cookie: a=b; Path=/", "Content-Length: 0")

        server = LoopbackServer(send_elsewhere)
        server.tls = loopback_tls()
        async with server:
            backend = open_at(server.url, "openai")
            for _ in range(2):
                with pytest.raises(Rejected, match="redirects"):
                    await chunks_of(backend)
            assert all("cookie" not in exchange.headers for exchange in server.exchanges)
            await backend.aclose()
        assert elsewhere.connections == 0


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_certificate_that_nobody_vouches_for_ends_it_before_a_word_is_said(kind: str) -> None:
    server = FakeChat(kind)
    server.tls = loopback_tls()
    async with server:
        backend = open_at(server.url, kind)
        with pytest.raises(Unavailable, match="no safe connection") as caught:
            await chunks_of(backend)
        assert caught.value.cause == "tls"
        assert server.exchanges == []
        await backend.aclose()


@pytest.mark.usefixtures("place", "trusted")
async def test_a_certificate_for_another_name_ends_it_before_a_word_is_said() -> None:
    server = FakeChat("openai")
    server.tls = loopback_tls()
    async with server:
        backend = open_at(server.url.replace("127.0.0.1", "localhost"), "openai")
        with pytest.raises(Unavailable) as caught:
            await chunks_of(backend)
        assert caught.value.cause == "tls"
        assert server.exchanges == []
        await backend.aclose()


@pytest.mark.usefixtures("trusted")
@pytest.mark.filterwarnings("ignore:.*TLSVersion.TLSv1_1.*:DeprecationWarning")
async def test_a_line_that_is_safe_no_longer_is_not_used() -> None:
    server = FakeChat("openai")
    server.tls = loopback_tls()
    server.tls.minimum_version = ssl.TLSVersion.TLSv1_1
    server.tls.maximum_version = ssl.TLSVersion.TLSv1_1
    async with server:
        backend = open_at(server.url, "openai")
        with pytest.raises(Unavailable) as caught:
            await chunks_of(backend)
        assert caught.value.cause == "tls"
        assert server.exchanges == []
        await backend.aclose()


def test_nobody_can_have_the_secrets_of_a_line_written_down(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", f"{tmp_path}/keys")
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert tls_context().keylog_filename is None
    assert tls_context().verify_mode is ssl.CERT_REQUIRED
    assert tls_context() is tls_context(), "loading it again would take as long again"
