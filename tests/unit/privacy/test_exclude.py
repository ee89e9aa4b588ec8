"""No way of writing a path gets an excluded file past the exclusion."""

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.privacy.exclude import Exclusion
from tierlsp.settings import load

DEFAULTS = load(()).settings.privacy.exclude
ROOT = Path("/work/project")


def excluded(path: str, *patterns: str, root: Path | None = ROOT) -> bool:
    return Exclusion(patterns or DEFAULTS).excludes(Path(path), root)


@pytest.mark.parametrize(
    "path",
    [
        "/work/project/.env",
        "/work/project/.env.local",
        "/work/project/deep/down/.envrc",
        "/work/project/server.pem",
        "/work/project/id_rsa",
        "/work/project/secrets/a.py",
        "/work/project/x/secrets/deep/a.py",
        "/elsewhere/.env",
        "/home/me/.ssh/id_ed25519",
        "/elsewhere/secrets/a",
    ],
)
def test_what_the_defaults_name_is_excluded(path: str) -> None:
    assert excluded(path)
    assert excluded(path, root=None)


@pytest.mark.parametrize(
    "path",
    [
        "/work/project/main.py",
        "/work/project/env.py",
        "/work/project/environment/.gitignore",
        "/work/project/pem.py",
        "/work/project/grid_view.py",
        "/work/project/secrets",
        "/work/project/secrets.py",
        "/elsewhere/main.py",
    ],
)
def test_nothing_else_is(path: str) -> None:
    assert not excluded(path)
    assert not excluded(path, root=None)


TRICKS = [
    "/work/project/.ENV",
    "/work/project/.Env.Local",
    "/work/project/SECRETS/a.py",
    "/work/project/ſecrets/a.py",
    "/work/project/SERVER.PEM",
    "/work/project/Server.PEM.",
    "/work/project/server.pem ",
    "/work/project/server.pem. .",
    "/work/project/server.pem\n",
    "/work/project/server.pem\r\n",
    "/work/project/server.pem\x7f",
    "/work/project/server.pem::$DATA",
    "/work/project/server.pem:stream",
    "/work/project/server.p\u200dem",
    "/work/project/.\u200cenv",
    "/work/project/\ufeffid_rsa",
    "/work/project/secrets./a.py",
    "/work/project/secrets /a.py",
    "/work/project/src/../secrets/a.py",
    "/work/project/./secrets/./a.py",
    "/work/project//secrets//a.py",
    "/work/project/secrets/../secrets/a.py",
    "/work/project/../project/.env",
    "/work/../work/project/x/../.env",
    "/./work/project/.env",
    "/../work/project/.env",
    "/work/project/x/../../project/id_rsa",
    "secrets/a.py",
    "./.env",
    "x/../.env",
    "../project/.env",
]


@pytest.mark.parametrize("path", TRICKS)
def test_no_way_of_writing_the_path_gets_past(path: str) -> None:
    assert excluded(path)


PATTERNS = [
    ("**/.env*", ".env.local"),
    ("**/*.pem", "server.pem"),
    ("**/id_*", "id_rsa"),
    ("**/secrets/**", "secrets/a.py"),
    ("*.key", "tls.key"),
    ("secrets/", "secrets/deep/a.py"),
    ("/config/prod.yaml", "config/prod.yaml"),
    ("config/*.yaml", "config/prod.yaml"),
    ("**/credentials", "aws/credentials"),
    ("credentials.json", "app/credentials.json"),
    ("*secret*", "my_secrets.txt"),
    ("id_[re]*", "id_ed25519"),
    ("*.p12", "certs/me.p12"),
    ("/private", "private/notes/a.txt"),
    ("private/**", "private/a.txt"),
    ("**/terraform.tfstate", "infra/terraform.tfstate"),
    (".npmrc", ".npmrc"),
    ("?assword*", "passwords.txt"),
    ("*.kdbx", "keys.kdbx"),
    (".ssh/", "home/.ssh/config"),
]
"""Patterns, each with a path that it excludes."""

WAYS: dict[str, Callable[[str], str]] = {
    "as it is": lambda path: path,
    "capitals": str.upper,
    "title": str.title,
    "swapped": str.swapcase,
    "long s": lambda path: path.replace("s", "ſ", 1),
    "kelvin": lambda path: path.replace("k", "\u212a", 1),
    "blank at the end": lambda path: path + " ",
    "dot at the end": lambda path: path + ".",
    "dots and blanks at the end": lambda path: path + " . .",
    "line end": lambda path: path + "\n",
    "carriage return": lambda path: path + "\r\n",
    "tab": lambda path: path + "\t",
    "escape at the end": lambda path: path + "\x1b",
    "delete at the end": lambda path: path + "\x7f",
    "stream": lambda path: path + ":stream",
    "data stream": lambda path: path + "::$DATA",
    "zero width space": lambda path: path[:-1] + "\u200b" + path[-1:],
    "joiner": lambda path: path[:-2] + "\u200d" + path[-2:],
    "non-joiner": lambda path: path[:2] + "\u200c" + path[2:],
    "byte order mark": lambda path: "\ufeff" + path,
    "override": lambda path: path[:-1] + "\u202e" + path[-1:],
    "soft hyphen": lambda path: path[:2] + "\u00ad" + path[2:],
    "dot in front": lambda path: "./" + path,
    "there and back": lambda path: "x/../" + path,
    "out and in": lambda path: "../project/" + path,
    "two slashes": lambda path: path.replace("/", "//"),
    "dots inside": lambda path: path.replace("/", "/./"),
    "down and up": lambda path: "y/" * path.count("/") + "../" * path.count("/") + path,
    "dots behind directories": lambda path: path.replace("/", "./"),
    "blanks behind directories": lambda path: path.replace("/", " /"),
    "decomposed": lambda path: unicodedata.normalize("NFD", path),
}
"""Ways to write a path so that some file system takes it for the same."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("pattern", "path"), PATTERNS, ids=[pattern for pattern, _ in PATTERNS])
def test_thirty_ways_get_past_none_of_twenty_patterns(way: str, pattern: str, path: str) -> None:
    assert Exclusion([pattern]).excludes(ROOT / WAYS[way](path), ROOT)


@pytest.mark.parametrize(("pattern", "path"), PATTERNS, ids=[pattern for pattern, _ in PATTERNS])
@pytest.mark.parametrize("kind", ["file", "directory", "chain", "from outside"])
def test_no_link_gets_past_any_of_them(project: Path, pattern: str, path: str, kind: str) -> None:
    target = project / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("", encoding="utf-8")
    if kind == "file":
        (project / "harmless.txt").symlink_to(target)
        asked = project / "harmless.txt"
    elif kind == "directory":
        (project / "harmless").symlink_to(target.parent)
        asked = project / "harmless" / target.name
    elif kind == "chain":
        (project / "first").symlink_to(target)
        (project / "second").symlink_to("first")
        asked = project / "second"
    else:
        (project.parent / "alias").symlink_to(project)
        asked = project.parent / "alias" / path
    assert Exclusion([pattern]).excludes(asked, project)


@pytest.mark.parametrize("path", ["/work/project/a\0b", "/work/project/\ud800"])
def test_what_is_no_path_is_excluded(path: str) -> None:
    assert excluded(path)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("pattern_form", ["NFC", "NFD"])
def test_composed_and_decomposed_letters_are_the_same(form: str, pattern_form: str) -> None:
    name = unicodedata.normalize(form, "Schlüssel.txt")  # type: ignore[arg-type] # a parameter is no literal
    pattern = unicodedata.normalize(pattern_form, "SCHLÜSSEL.*")  # type: ignore[arg-type] # as above
    assert excluded(f"/work/project/{name}", pattern)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "secrets").mkdir(parents=True)
    (root / "src").mkdir()
    (root / "secrets" / "a.py").write_text("", encoding="utf-8")
    (root / ".env").write_text("", encoding="utf-8")
    (root / "src" / "main.py").write_text("", encoding="utf-8")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "id_rsa").write_text("", encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("link", "target", "asked"),
    [
        ("notes.txt", ".env", "notes.txt"),
        ("notes", "secrets", "notes/a.py"),
        ("src/lib", "../secrets", "src/lib/a.py"),
        ("key.txt", "../outside/id_rsa", "key.txt"),
        ("out", "../outside", "out/id_rsa"),
        ("chain", "link2", "chain"),
        ("secrets/link.py", "../src/main.py", "secrets/link.py"),
        (".env.link", "src/main.py", ".env.link"),
    ],
)
def test_links_are_judged_by_both_their_ends(project: Path, link: str, target: str, asked: str) -> None:
    (project / "link2").symlink_to(".env")
    (project / link).symlink_to(target)
    assert Exclusion(DEFAULTS).excludes(project / asked, project)


def test_dots_after_a_link_are_followed_as_the_system_does(project: Path) -> None:
    (project / "into").symlink_to("secrets")
    (project / "secrets" / "deep").mkdir()
    (project / "down").symlink_to("secrets/deep")
    # The system goes to `secrets/a.py`; read as text, the path is `a.py`.
    assert Exclusion(DEFAULTS).excludes(project / "down" / ".." / "a.py", project)


def test_a_link_to_a_harmless_file_is_harmless(project: Path) -> None:
    (project / "main").symlink_to("src/main.py")
    assert not Exclusion(DEFAULTS).excludes(project / "main", project)


def test_a_link_that_leads_to_itself_does_no_harm(project: Path) -> None:
    (project / "loop").symlink_to("loop")
    assert not Exclusion(DEFAULTS).excludes(project / "loop", project)
    assert Exclusion(["loop"]).excludes(project / "loop", project)


def test_patterns_with_a_slash_count_from_the_root_of_the_project(project: Path) -> None:
    alias = project.parent / "alias"
    alias.symlink_to(project)
    exclusion = Exclusion(["/src/main.py"])
    for root in (project, alias):
        for start in (project, alias):
            assert exclusion.excludes(start / "src" / "main.py", root)
    assert not exclusion.excludes(project / "src" / "src" / "main.py", project)
    assert not exclusion.excludes(project / "src" / "main.py", None)


def test_the_directories_above_the_project_do_not_count() -> None:
    assert not excluded("/home/id_me/secrets/project/main.py", root=Path("/home/id_me/secrets/project"))
    assert excluded("/home/id_me/secrets/other/main.py", root=Path("/home/id_me/secrets/project"))


def test_what_is_taken_back_is_not_excluded() -> None:
    exclusion = Exclusion([*DEFAULTS, "!.env.example"])
    assert not exclusion.excludes(ROOT / ".env.example", ROOT)
    assert not exclusion.excludes(ROOT / ".ENV.Example", ROOT)
    assert exclusion.excludes(ROOT / ".env", ROOT)


def test_without_patterns_nothing_is_excluded() -> None:
    assert not Exclusion([]).excludes(ROOT / ".env", ROOT)


def test_a_bad_pattern_is_a_problem_and_the_others_count() -> None:
    exclusion = Exclusion(["*.key", "~/x", "[[:alpha:]]", "\x1b[2J//"])
    assert exclusion.excludes(ROOT / "a.key", ROOT)
    assert [problem.message for problem in exclusion.problems] == [
        'privacy.exclude holds "~/x", which begins with ~, which does not stand for the home directory here, '
        "and is left out.",
        'privacy.exclude holds "[[:alpha:]]", which has a class such as [:alpha:], which is not understood, '
        "and is left out.",
        'privacy.exclude holds "\\u001b[2J//", which has two slashes in a row and is left out.',
    ]


def test_verdicts_are_remembered_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Path] = []
    exclusion = Exclusion(DEFAULTS)
    judge = Exclusion._judge

    def count(self: Exclusion, path: Path, root: Path | None) -> bool:
        looked.append(path)
        return judge(self, path, root)

    monkeypatch.setattr(Exclusion, "_judge", count)
    monkeypatch.setattr("tierlsp.privacy.exclude._REMEMBERED_PATHS", 10)
    for _ in range(3):
        assert exclusion.excludes(ROOT / ".env", ROOT)
        assert not exclusion.excludes(ROOT / "main.py", ROOT)
    assert len(looked) == 2
    for number in range(100):
        exclusion.excludes(ROOT / f"{number}.py", ROOT)
        assert len(exclusion._verdicts) <= 10


@given(st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=5), st.lists(st.text(max_size=8), max_size=4))
def test_any_path_and_any_pattern_have_a_verdict(names: list[str], patterns: list[str]) -> None:
    exclusion = Exclusion(patterns)
    assert exclusion.excludes(Path("/", *names), ROOT) in (True, False)
    for pattern in patterns:
        # One more pattern that takes nothing back never excludes less.
        if not pattern.strip().startswith("!"):
            without = Exclusion([other for other in patterns if other != pattern])
            assert exclusion.excludes(Path("/", *names), ROOT) >= without.excludes(Path("/", *names), ROOT) or any(
                other.strip().startswith("!") for other in patterns
            )
