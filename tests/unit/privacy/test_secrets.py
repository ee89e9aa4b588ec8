"""No secret leaves in any of the places where people leave them, and clean code stays as it is.

The secrets are drawn when the test runs.
"""

import os
import random
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.unit.privacy import planting
from tierlsp.privacy.redact import SecretReader
from tierlsp.privacy.rules import load_rules

DRAWS = 20 if os.environ.get("CI") else 4
"""How often each kind is drawn for each place."""

CLEAN_LINES = 400_000 if os.environ.get("CI") else 60_000

MOST_FALSE_PER_10_000 = 1.0

COUNTED = ("quoted", "comment", "env")
"""The three places of the bar: each kind must be hidden in each of them, always."""


def reader() -> SecretReader:
    return SecretReader(load_rules(), rest=lambda: None)


def remains(text: str, secret: str, kept: SecretReader) -> bool:
    """Whether a third of `secret`, at least six characters, can still be read in what is sent of `text`."""
    for found in sorted(kept.secrets_in(text), key=len, reverse=True):
        text = text.replace(found, "\n")
    size = max(6, len(secret) // 3)
    return any(secret[at : at + size] in text for at in range(len(secret) - size + 1))


def plain(kinds: dict[str, planting.Draw]) -> list[tuple[str, str, str, str]]:
    """Return (kind, place, text, secret) for kinds that are told by how they look."""
    dice = random.Random(20261126)
    found = []
    for kind, draw in kinds.items():
        for place, wrapping in planting.BARE_WRAPPINGS.items():
            for _ in range(DRAWS):
                secret = draw(dice)
                found.append((kind, place, wrapping.format(secret=secret), secret))
    return found


def named() -> list[tuple[str, str, str, str]]:
    """Return the same for kinds that the name beside them tells."""
    dice = random.Random(20261127)
    found = []
    for kind, (name, draw) in planting.NAMED_KINDS.items():
        for place, wrapping in planting.WRAPPINGS.items():
            for _ in range(DRAWS):
                secret = draw(dice)
                found.append((kind, place, wrapping.format(name=name, secret=secret), secret))
    return found


def others() -> list[tuple[str, str, str, str]]:
    dice = random.Random(20261128)
    found = []
    for kind, (wrapping, draw) in planting.OTHERS.items():
        for _ in range(DRAWS * 4):
            secret = draw(dice)
            found.append((kind, "other", wrapping.format(secret=secret), secret))
    return found


def test_there_are_at_least_forty_kinds() -> None:
    assert len(planting.KINDS) + len(planting.NAMED_KINDS) >= 40


@pytest.mark.parametrize("cases", [plain(planting.KINDS), named()], ids=["told by looks", "told by name"])
def test_no_kind_gets_out_of_the_three_places_that_count(cases: list[tuple[str, str, str, str]]) -> None:
    kept = reader()
    got_out = {(kind, place) for kind, place, text, secret in cases if place in COUNTED and remains(text, secret, kept)}
    assert got_out == set()


@pytest.mark.parametrize("cases", [plain(planting.KINDS), named(), others()], ids=["looks", "name", "other"])
def test_hardly_any_gets_out_of_all_other_places(cases: list[tuple[str, str, str, str]]) -> None:
    kept = reader()
    got_out = [text for _, _, text, secret in cases if remains(text, secret, kept)]
    assert len(got_out) <= len(cases) * 0.003, got_out[:10]


def test_a_key_in_pem_form_is_found_whole_and_its_frame_stays() -> None:
    dice = random.Random(1)
    for head in ("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "):
        text, lines = planting.pem(dice, head)
        (found,) = reader().secrets_in(f"KEY = '''{text}'''\nrest = 1\n")
        assert all(line in found for line in lines)
        assert "-----" not in found


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: "\n".join("+" + line for line in text.split("\n")),
        lambda text: "\n".join("    " + line for line in text.split("\n")),
        lambda text: "\n".join("# " + line for line in text.split("\n")),
        lambda text: '{"private_key": "' + text.replace("\n", "\\n") + '\\n"}',
        lambda text: "\n".join(f'"{line}\\n" +' for line in text.split("\n")),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\n".join(text.split("\n")[:12]),
        lambda text: "\n".join(text.split("\n")[:12]) + "\nclass After:\n    pass\n",
        lambda text: "x = 1\n" + "\n".join(text.split("\n")[8:]) + "\n",
    ],
    ids=["diff", "indented", "comment", "json", "strings", "crlf", "no end", "no end, code after", "no beginning"],
)
def test_a_key_in_pem_form_is_found_in_any_dress(wrap) -> None:
    text, lines = planting.pem(random.Random(2))
    dressed = wrap(text)
    kept = reader()
    for line in lines:
        if line in dressed:
            assert not remains(dressed, line, kept)
    for found in kept.secrets_in(dressed):
        assert "class After" not in found
        assert "x = 1" not in found


CLEAN = [
    "password = get_password()",
    "password = getpass.getpass('Password: ')",
    "token: str",
    "token: str = ''",
    "def login(user: str, password: str | None = None) -> Token:",
    "api_key = os.environ['API_KEY']",
    'api_key = os.getenv("OPENAI_API_KEY")',
    'api_key = config["openai"]["api_key"]',
    "api_key=settings.api_key,",
    "API_KEY=${API_KEY}",
    "API_KEY=$API_KEY",
    "API_KEY=%API_KEY%",
    "password: {{ vault_password }}",
    "PASSWORD=<your password>",
    'password = "xxxxxxxxxxxx"',
    'password = "********"',
    'password = "changeme"',
    'password = "password123"',
    'secret = "test_secret_1"',
    'token = "your-token-here"',
    'api_key = "sk-xxxxxxxxxxxxxxxxxxxxxxxx"',
    'api_key = "YOUR_API_KEY"',
    'aws = "AKIAIOSFODNN7' + 'EXAMPLE"',
    'key = "name"',
    "for key, value in items:",
    "tokens = tokenizer.encode(text)",
    "token_count: 12345",
    "max_tokens = 4096",
    'if token == "</s>":',
    "self.password = password",
    "this.secret = options.secret;",
    "const { token } = await response.json();",
    'password_field = "input#password"',
    'label = "Password:"',
    'raise ValueError("the password is too short")',
    'f"Bearer {token}"',
    '"Authorization": "Bearer " + token',
    'headers["Authorization"] = `Bearer ${token}`',
    "Authorization: Bearer <token>",
    "secretKeyRef:",
    "  key: postgres-password",
    "git clone https://github.com/owner/name.git",
    "postgres://user:password@localhost/db",
    "postgres://${USER}:${PASSWORD}@${HOST}/db",
    "https://example.com/?token={token}",
    "mailto:me@example.com",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "integrity sha512-abcdefabcdefabcdefABCDEF0123456789/+abcdefabcdefabcdef0123==",
    "commit 1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d",
    "id = '123e4567-e89b-12d3-a456-426614174000'",
    "class PasswordResetTokenGenerator:",
    "interface Options { secret: Uint8Array; key: Int32Array }",
    "fn token(&self) -> Option<&str>",
    "monkey = 'a1b2c3d4e5f6a7b8'",
    "PWD=/home/me/work",
    'cache_key = "user:1234:profile:v2:en-GB"',
    'public_key = "9f86d081884c7d659a2feaa0c55ad015"',
    "-----BEGIN CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----",
    'os.environ.get("GITHUB_TOKEN", "")',
    "sk-learn-is-a-name-of-a-library-for-learning",
    '<div class="sk-estimator-doc-link sk-container">',
    "npm_config_registry=https://npm.internal/",
    "hf_hub_download(repo_id, filename)",
    "the token is described in the manual",
]


@pytest.mark.parametrize("line", CLEAN)
def test_code_without_a_secret_is_left_alone(line: str) -> None:
    assert reader().secrets_in(line) == ()


def clean_texts() -> list[Path]:
    """Return the sources of Python itself and of what is installed beside us: people's code, free of live keys."""
    standard = Path(sysconfig.get_paths()["stdlib"])
    installed = Path(sysconfig.get_paths()["purelib"])
    found = [path for path in standard.rglob("*.py") if "site-packages" not in path.parts]
    found += [path for path in installed.rglob("*") if path.suffix in {".py", ".pyi", ".md", ".toml", ".json", ".txt"}]
    # It comes with rules and examples of its own for what this package finds.
    found = [path for path in found if "detect_secrets" not in path.parts]
    random.Random(7).shuffle(found)
    return found


def test_at_most_one_clean_line_in_ten_thousand_is_touched() -> None:
    kept = reader()
    lines = 0
    touched: list[str] = []
    for path in clean_texts():
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        if len(text) > 300_000:
            continue
        lines += text.count("\n") + 1
        touched += [f"{path.name}: {secret[:40]}" for secret in kept.secrets_in(text)]
        if lines >= CLEAN_LINES:
            break
    assert lines >= CLEAN_LINES / 2, f"too little to read below {sys.prefix}"
    assert len(touched) <= max(1, lines / 10_000 * MOST_FALSE_PER_10_000), touched
