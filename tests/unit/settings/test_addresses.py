"""Base URLs: one form for what is good, a reason for what is not, and no host that looks like another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.errors import SettingsError
from tierlsp.settings.addresses import is_loopback, ollama_url, read_base_url


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("http://127.0.0.1:11434/", "http://127.0.0.1:11434"),
        ("HTTP://LocalHost:11434", "http://localhost:11434"),
        ("http://localhost.:11434", "http://localhost:11434"),
        ("https://gpu.example/ollama/", "https://gpu.example/ollama"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
        ("http://0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("http://[::]:11434", "http://[::1]:11434"),
        ("http://[::ffff:127.0.0.1]:1", "http://127.0.0.1:1"),
        ("http://my_box-2.lan:80", "http://my_box-2.lan:80"),
        ("http://192.168.1.5", "http://192.168.1.5"),
    ],
)
def test_a_good_address_has_one_form(text: str, normal: str) -> None:
    assert read_base_url(text) == normal
    assert read_base_url(normal) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1:11434",
        "localhost",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://",
        "http://:11434",
        "http:///api",
        "http://127.0.0.1@evil.test",
        "http://127.0.0.1:11434@evil.test/",
        "http://user:pw@127.0.0.1",
        "http://127.0.0.1\\@evil.test",
        "http://127.0.0.1\t.evil.test",
        "http://127.0.0.1\n.evil.test",
        "http://127.0.0.1 .evil.test",
        "http://127.0.0.1/?x",
        "http://127.0.0.1/#@evil.test",
        "http://127.0.0.1:0",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:port",
        "http://[::1",
        "http://::1:8080",
        "http://127.1",
        "http://0x7f000001",
        "http://2130706433",
        "http://0177.0.0.1",
        "http://1.2.3.4.5",
        "http://127。0。0。1",
        "http://ⓛocalhost",
        "http://localhost%2eevil.test",
        "http://-box",
        "http://a..b",
        "http://169.254.169.254/latest",
        "http://[fe80::1]",
        "http://[fe80::1%25eth0]",
        "http://[::ffff:169.254.169.254]",
        "http://224.0.0.1",
        "http://255.255.255.255",
        "http://" + "a" * 3000,
    ],
)
def test_an_address_that_misleads_or_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        read_base_url(text)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:11434", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8080", True),
        ("http://localhost:11434", True),
        ("http://localhost.evil.test", False),
        ("http://127.0.0.1.evil.test", False),
        ("http://192.168.1.5", False),
        ("https://ollama.com", False),
    ],
)
def test_loopback_is_this_machine_alone(url: str, here: bool) -> None:
    assert is_loopback(read_base_url(url)) is here


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("box", "http://box:11434"),
        ("box:8000", "http://box:8000"),
        (":8000", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        ("[::]:8000", "http://[::1]:8000"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("fd00::5", "http://[fd00::5]:11434"),
        ("[fd00::5]:8000", "http://[fd00::5]:8000"),
        ("http://box", "http://box"),
        ("https://box", "https://box"),
        ("https://box:8000/sub/", "https://box:8000/sub"),
        ("box/sub", "http://box:11434/sub"),
        (' "box:8000" ', "http://box:8000"),
        ("http://:8000", "http://127.0.0.1:8000"),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it(host: str, url: str) -> None:
    assert read_base_url(ollama_url(host)) == url


@given(st.text())
def test_what_is_accepted_is_in_normal_form_whatever_came_in(text: str) -> None:
    for candidate in (text, f"http://{text}", ollama_url(text)):
        try:
            url = read_base_url(candidate)
        except SettingsError:
            continue
        assert read_base_url(url) == url
        assert "@" not in url.split("/")[2]
