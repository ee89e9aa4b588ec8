import ipaddress

import httpx2
import pytest

from tierlsp.backends.base import BackendSpec
from tierlsp.backends.open import is_local, open_backend
from tierlsp.errors import SettingsError
from tierlsp.settings.addresses import ollama_url, read_base_url

LOCAL = [
    "http://127.0.0.1:11434",
    "http://127.0.0.1",
    "http://127.1.2.3:80",
    "http://localhost:8080",
    "http://LOCALHOST:8080",
    "https://127.0.0.1:8443/ollama",
    "http://[::1]:11434",
]

NOT_LOCAL = [
    "http://127.0.0.1@evil.example",
    "http://127.0.0.1:80@evil.example",
    "http://localhost@evil.example:11434",
    "http://me:secret@127.0.0.1",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://127.0.0.1\\@evil.example",
    "http://evil.example#@127.0.0.1",
    "http://evil.example/127.0.0.1",
    "http://evil.example?127.0.0.1",
    "http://192.168.1.5:11434",
    "http://10.0.0.1",
    "http://[fe80::1]",
    "http://[::2]",
    "http://[2001:db8::1]",
    "http://１２７.0.0.1",
    "http://127.0.0.1 ",
    "http://127.0.0.1\t",
    "http://127.1",
    "http://0x7f000001",
    "http://2130706433",
    "ftp://127.0.0.1",
    "127.0.0.1:11434",
    "http://",
    "http://[::1",
    "http://127.0.0.1:x",
    "",
]


def spec(url: str, kind: str = "ollama") -> BackendSpec:
    return BackendSpec(name="it", kind=kind, base_url=url)


@pytest.mark.parametrize("kind", ["ollama", "llamacpp"])
def test_each_kind_opens_and_keeps_its_spec(kind: str) -> None:
    one = spec("http://127.0.0.1:1", kind)
    assert open_backend(one).spec is one


@pytest.mark.parametrize("kind", ["", "Ollama", "openai"])
def test_an_unknown_kind_is_refused_with_a_sentence(kind: str) -> None:
    with pytest.raises(SettingsError, match="there are ollama and llamacpp"):
        open_backend(spec("http://127.0.0.1:1", kind))


@pytest.mark.parametrize("url", LOCAL)
def test_an_address_on_this_machine_is_local_for_the_client_as_well(url: str) -> None:
    """Our reading of an address must be the client's, or text would go where nobody looked."""
    assert is_local(spec(url))
    host = httpx2.URL(url).host
    assert host == "localhost" or ipaddress.ip_address(host).is_loopback


@pytest.mark.parametrize("url", NOT_LOCAL)
def test_an_address_that_is_elsewhere_or_in_doubt_is_not_local(url: str) -> None:
    assert not is_local(spec(url))


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        (":8000", "http://127.0.0.1:8000"),
        ("gpu-box", "http://gpu-box:11434"),
        ("gpu-box:8000", "http://gpu-box:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("::1", "http://[::1]:11434"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("https://gpu-box/ollama/", "https://gpu-box/ollama"),
    ],
)
def test_what_stands_in_ollama_host_leads_where_ollama_would_go(value: str, url: str) -> None:
    """Settings read it; what matters here is that the client then connects to that very place."""
    read = read_base_url(ollama_url(value))
    assert read == url
    assert str(httpx2.URL(read)).rstrip("/") == url
