"""A real Emacs with eglot, without a screen: an entry of the menu, the code actions, an edit."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.protocol.test_actions import config
from tests.real.by_heart import knows
from tests.real.home import new_home, run
from tests.real.test_helix import LINE, SIZES
from tests.real.test_neovim_actions import ALLOWED, KEY, MENDED, REPLY, TEXT
from tests.servers.fake_chat import FakeChat
from tests.servers.fake_ollama import FakeOllama

pytestmark = pytest.mark.real

SCRIPT = Path(__file__).parent / "emacs.el"


async def emacs() -> str:
    """Return the path of an Emacs that has eglot. Unlike other programs it is never required."""
    program = shutil.which("emacs")
    if program is None:
        pytest.skip("emacs is not on PATH; Debian's emacs-nox and elpa-eglot will do")
    has_eglot = '(princ (if (locate-library "eglot") "yes" "no"))'
    with new_home() as home:
        if await run(program, "--batch", "--eval", has_eglot, environ=home.environ) != "yes":
            pytest.skip("this Emacs has no eglot; Debian's elpa-eglot will do")
    return program


async def test_an_entry_is_taken_and_a_fix_mends_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    program = await emacs()
    monkeypatch.setenv("WORK_KEY", KEY)
    with new_home() as home:
        async with FakeChat("litellm", lambda body: REPLY) as provider, FakeOllama(knows(f"{SIZES}{LINE}\n")) as ollama:
            home.settle(config(provider, f'{ALLOWED}\n[backends.ollama]\nbaseUrl = "{ollama.url}"\n'))
            environ = home.environ | {
                "TIERLSP": str(home.clone / ".venv" / "bin" / "tierlsp"),
                "FILE": str(home.write(home.project / "sizes.py", SIZES)),
                "MISTAKE": str(home.write(home.project / "area.py", f"{TEXT}\n")),
            }
            said = await run(program, "--batch", "-l", str(SCRIPT), environ=environ)
    told = dict(re.findall(r"^([a-z ]+): (.*?)\n(?=[a-z ]+: |\Z)", said, re.MULTILINE | re.DOTALL))
    assert told["entry"] == json.dumps("width * height")
    assert told["completed"] == f'"{SIZES}{LINE}"'
    assert "≤ $" in told["actions"]
    assert told["fixed"] == json.dumps(f"{MENDED}\n").replace("\\n", "\n")
