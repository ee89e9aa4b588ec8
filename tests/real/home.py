"""A new user's home directory: tierlsp as the README installs it, the editors' settings, a project to work in."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.real.waiting import eventually
from tierlsp.lsp.parent import is_alive

REPOSITORY = Path(__file__).parents[2]

PLACEHOLDER = "/path/to/tierlsp"
"""What the README writes for the place of the clone."""

LAST_LOG_LINES = 40


@dataclass(frozen=True)
class Home:
    """One user's files, all under `root`."""

    root: Path

    @property
    def clone(self) -> Path:
        """What stands for the person's clone of this repository."""
        return self.root / "tierlsp"

    @property
    def config(self) -> Path:
        return self.root / ".config"

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def environ(self) -> dict[str, str]:
        """The environment for the editor: this one, with the home and without settings of tierlsp or Ollama."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TIERLSP_", "OLLAMA_", "XDG_", "NVIM", "VIM", "HELIX_", "TMUX", "LC_", "LANG"))
        }
        return inherited | {"HOME": str(self.root), "LANG": "C.UTF-8", "TERM": "xterm-256color"}

    def settle(self, settings: str) -> None:
        """Write tierlsp's `config.toml`."""
        self.write(self.config / "tierlsp" / "config.toml", settings)

    def write(self, path: Path, text: str) -> Path:
        """Write a file, with the directories above it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def from_readme(self, language: str, holding: str, page: str = "README.md") -> str:
        """Return a page's one block of `language` that holds a text, as this user would write it down."""
        text = (REPOSITORY / page).read_text(encoding="utf-8")
        blocks = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        (block,) = (block for block in blocks if holding in block)
        return str(block).replace(PLACEHOLDER, str(self.clone))

    def servers(self) -> list[int]:
        """Return the process ids of all the servers that were started from this home and still live."""
        try:
            started = (self.root / "server.pids").read_text(encoding="utf-8").split()
        except FileNotFoundError:
            return []
        return [pid for pid in map(int, started) if is_alive(pid)]

    async def no_servers(self) -> None:
        """Wait until every server has ended by itself."""

        async def look() -> list[int]:
            return self.servers()

        await eventually(look, lambda pids: not pids, "the server's process to end", self.log)

    async def log(self) -> str:
        """Return the end of the server's log."""
        try:
            lines = (self.root / "server.log").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return "the server was never started"
        return "\n".join(["the server's log:", *lines[-LAST_LOG_LINES:]])


@contextmanager
def new_home() -> Iterator[Home]:
    """Make a home, and remove it, with any server that is left, at the end."""
    # Not pytest's directory: a socket's path may have 107 bytes only.
    with tempfile.TemporaryDirectory(prefix="tierlsp-", ignore_cleanup_errors=True) as directory:
        home = Home(Path(directory).resolve())
        _install(home)
        # A root for the language server, as almost every project has one.
        (home.project / ".git").mkdir(parents=True)
        try:
            yield home
        finally:
            for pid in home.servers():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _install(home: Home) -> None:
    """Put in place what the README's commands make: a clone with an environment of its own."""
    program = home.clone / ".venv" / "bin" / "tierlsp"
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
    log = shlex.quote(str(home.root / "server.log"))
    home.write(
        program,
        "#!/bin/sh\n"
        f"echo $$ >>{shlex.quote(str(home.root / 'server.pids'))}\n"
        f"export PYTHONPATH={shlex.quote(path)}\n"
        # Only the server takes these options.
        f'[ "${{1:---stdio}}" = --stdio ] && set -- --log-file {log} --log-level debug "$@"\n'
        # The same process goes on, so that the number above is the server's.
        f'exec {shlex.quote(sys.executable)} -m tierlsp "$@"\n',
    )
    program.chmod(0o755)
    (home.clone / "editors").symlink_to(REPOSITORY / "editors")


async def run(*command: str, environ: dict[str, str]) -> str:
    """Run a short command and return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(30):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise AssertionError(f"{command} did not end within 30 s") from None
    assert process.returncode == 0, f"{command} failed: {err.decode()}"
    return out.decode()
