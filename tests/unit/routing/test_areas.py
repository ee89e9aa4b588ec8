"""What paths tell of the code in them."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from tierlsp.routing.areas import areas_of, names_below
from tierlsp.routing.shipped import shipped_rules

AREAS = shipped_rules().areas


@pytest.mark.parametrize(
    ("path", "areas"),
    [
        ("src/auth/login.py", ("auth",)),
        ("src/Auth/Login.cs", ("auth",)),
        ("lib/OAuth2Client.ts", ("auth",)),
        ("app/oauth2_client.rb", ("auth",)),
        ("src/PaymentService.java", ("payment",)),
        ("billing/invoice.go", ("payment",)),
        ("app/payment/crypto_token.py", ("crypto", "payment")),
        ("db/migrations/0042_split.py", ("migration",)),
        ("alembic/versions/1.py", ("migration",)),
        (".github/workflows/test.yml", ("ci",)),
        (".gitlab-ci.yml", ("ci",)),
        ("ci/build.sh", ("ci",)),
        ("Dockerfile", ("infrastructure",)),
        ("infra/k8s/app.yaml", ("infrastructure",)),
        ("x509/parse.c", ("crypto",)),
        ("config/secrets/reader.py", ("secrets",)),
    ],
)
def test_words_of_paths_tell(path: str, areas: tuple[str, ...]) -> None:
    assert areas_of(PurePosixPath(path), AREAS) == areas


@pytest.mark.parametrize(
    "path",
    [
        "app/author.py",
        "src/tokenizer.rs",
        "src/cipherless.py",
        "specific/circle.py",
        "src/repayments.py",
        "main.py",
        "",
    ],
)
def test_parts_of_words_do_not(path: str) -> None:
    assert areas_of(PurePosixPath(path), AREAS) == ()


def test_windows_paths_are_read_too() -> None:
    assert areas_of(PureWindowsPath(r"src\Auth\Login.cs"), AREAS) == ("auth",)
    assert areas_of(PureWindowsPath(r".github\workflows\a.yml"), AREAS) == ("ci",)


@pytest.mark.parametrize(
    ("path", "root", "below"),
    [
        ("/home/login/payments/src/main.py", "/home/login/payments", "src/main.py"),
        ("/home/login/src/auth/a/main.py", None, "auth/a/main.py"),
        ("/home/login/src/auth/a/main.py", "/elsewhere", "auth/a/main.py"),
        ("/a.py", None, "a.py"),
        ("a.py", None, "a.py"),
    ],
)
def test_what_stands_above_the_workspace_tells_nothing(path: str, root: str | None, below: str) -> None:
    found = names_below(PurePosixPath(path), PurePosixPath(root) if root else None)
    assert found == PurePosixPath(below)
