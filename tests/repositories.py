"""Repositories for tests, made by the real git."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

NAMES = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main", "-c", "gc.auto=0")

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed; it makes the repositories")


@dataclass(frozen=True)
class Repository:
    """A folder with files, and git in it."""

    root: Path

    def git(self, *arguments: str, more: dict[str, str] | None = None) -> str:
        """Run git there, with nobody's settings, and return what it prints."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull} | (more or {})
        command = ["git", *NAMES, *arguments]
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout.decode("utf-8", "surrogateescape")

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file, with its folders."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def commit(self, message: str = "all") -> str:
        """Commit everything and return the name of the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()


def new_repository(root: Path, **files: str) -> Repository:
    """Make a repository with one commit of `files`, named as Python can: `area_py` for `area.py`."""
    root.mkdir(parents=True, exist_ok=True)
    found = Repository(root)
    found.git("init", "-q")
    for name, text in files.items():
        found.write(name.replace("_", "."), text)
    found.commit()
    return found
