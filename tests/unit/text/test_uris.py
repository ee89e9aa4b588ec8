"""File URIs become paths, and nothing else does."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.text.uris import path_of


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b.py", "/a/b.py"),
        ("FILE:///a/b.py", "/a/b.py"),
        ("file:/a/b.py", "/a/b.py"),
        ("file://localhost/a", "/a"),
        ("file:///a%20b", "/a b"),
        ("file:///%2eenv", "/.env"),
        ("file:///a%2Fb", "/a/b"),
        ("file:///a%252Fb", "/a%2Fb"),
        ("file:///a%zz", "/a%zz"),
        ("file:///caf%C3%A9", "/café"),
        ("file:///café", "/café"),
        ("file:///a#b?c", "/a#b?c"),
        ("file:///a/../b", "/a/../b"),
        ("file:///line%0Aend", "/line\nend"),
        ("file:///a%FFb", os.fsdecode(b"/a\xffb")),
    ],
)
def test_a_file_uri_is_a_path(uri: str, path: str) -> None:
    assert path_of(uri) == Path(path)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "file",
        "file:",
        "file:a/b.py",
        "/a/b.py",
        "untitled:Untitled-1",
        "git:/a/b.py?ref=HEAD",
        "vscode-notebook-cell:///a.ipynb#1",
        "https://evil.test/a",
        "file://evil.test/a",
        "file://127.0.0.1/a",
        "file:///a%00b",
        "file:///a\0b",
        "file:///\ud800",
    ],
)
def test_everything_else_is_no_path(uri: str) -> None:
    assert path_of(uri) is None


@given(st.text(max_size=40) | st.text(max_size=40).map(lambda rest: f"file://{rest}"))
def test_any_text_is_a_path_or_none(uri: str) -> None:
    path = path_of(uri)
    assert path is None or path.is_absolute()


@given(st.lists(st.text("aé% #?&+:\n\\", min_size=1, max_size=8), min_size=1, max_size=4))
def test_pathlibs_own_uris_come_back(names: list[str]) -> None:
    path = Path("/", *names)
    assert path_of(path.as_uri()) == path
