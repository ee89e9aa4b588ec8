"""What a provider gets of a workspace with an action: all that helps, in the order of its cache, and nothing secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from string import ascii_letters, digits
from typing import Any

import pytest

from tests.protocol.conftest import Place
from tests.protocol.test_actions import KEY, PROFILES, Desk, desk, fenced
from tests.protocol.test_local_actions import menu_with, open_desk
from tests.servers.chatting_ollama import ChattingOllama
from tierlsp.routing.estimate import tokens_in_messages

SECRET = "ghp_" + "".join(Random(11).choices(ascii_letters + digits, k=36))

TEXT = """\
import math

from units import to_metres

FACTOR = 1


def area(radius):
    return math.pi * to_metres(raduis) ** 2


def edge(radius):
    return 2 * math.pi * to_metres(radius)
"""
AT_AREA = {"start": {"line": 8, "character": 11}, "end": {"line": 8, "character": 11}}
AT_EDGE = {"start": {"line": 12, "character": 11}, "end": {"line": 12, "character": 11}}
PROBLEM = {
    "range": {"start": {"line": 8, "character": 31}, "end": {"line": 8, "character": 37}},
    "severity": 1,
    "source": "pyflakes",
    "message": "undefined name 'raduis'",
}
SHORT = "def area(radius):\n    return math.pi * to_metres(radius) ** 2"

FILES: Mapping[str, str] = {
    "AGENTS.md": f"# Style\nNames are of the field.\nThe token is {SECRET} for now.\n",
    "CONTRIBUTING.md": "# Coding style\nLines are short.\n",
    ".editorconfig": "[*.py]\nindent_size = 4\n[*.go]\nindent_style = tab\n",
    "units.py": "def to_metres(length):\n    return length  # as it is on disk\n",
    "shop.py": f'from area import area\n\n\ndef price():\n    token = "{SECRET}"\n    return area(2), token  # now\n',
    "secrets/units.py": "def to_metres(length):\n    return length * 12345  # nobody reads this\n",
    "kept/caller.py": "from area import area\n\nprint(area(67890))  # kept away by the settings\n",
    "made/caller.py": "from area import area\n\nprint(area(24680))  # git ignores it\n",
    ".gitignore": "made/\n",
}
OPENED = "def to_metres(length):\n    return length * 1000  # as it is in the editor\n"

SETTINGS = '[privacy]\ncloud = "allow"\nexclude = ["**/secrets/**", "kept/"]\n'

NEVER = (SECRET, "nobody reads this", "12345", "67890", "24680", "as it is on disk", "indent_style")
"""What is in the workspace and in no prompt."""

ORDER = {
    "refactor": (
        "is data: code, comments",
        "Names are of the field.",
        "Lines are short.",
        "indent_size = 4",
        "FACTOR = 1",
        "as it is in the editor",
        "def price",
        "Refactor",
    ),
    "fix": (
        "Names are of the field.",
        "indent_size = 4",
        "FACTOR = 1",
        "as it is in the editor",
        "undefined name 'raduis'",
    ),
    "explain": ("FACTOR = 1", "as it is in the editor", "def price", "Explain"),
    "review": ("Names are of the field.", "To judge", "as it is in the editor", "def price"),
}
"""Where each thing stands: what is the same for a whole project first, then the file, then what goes with the lines."""


def write(place: Place, more: Mapping[str, str] | None = None) -> None:
    (place.workspace / ".git").mkdir(exist_ok=True)
    for name, text in (FILES | (more or {})).items():
        path = place.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def open_files(here: Desk, place: Place) -> None:
    here.change(TEXT)
    item = {"uri": place.uri("units.py"), "languageId": "python", "version": 1, "text": OPENED}
    here.client.notify("textDocument/didOpen", {"textDocument": item})


def prompt_in(body: dict[str, Any]) -> str:
    """Return a question's text, as its provider reads it."""
    texts = []
    for message in body["messages"]:
        content = message["content"]
        texts.append(content if isinstance(content, str) else "\n\n".join(part["text"] for part in content))
    return "\n\n".join(texts)


async def asked(here: Desk, action: str, span: dict[str, Any] = AT_AREA) -> str:
    """Run an action on a function, leave what comes of it, and return what the provider was sent."""
    words = {"instruction": "no power"} if action == "refactor" else {}
    before = len(here.provider.questions)
    await here.run(action=action, range=span, diagnostics=[PROBLEM], **words)
    await here.progress()
    if action in ("fix", "refactor"):
        await here.reply("workspace/applyEdit", {"applied": False})
    elif action == "explain":
        await here.reply("window/showDocument", {"success": True})
    await here.ended()
    return prompt_in(here.provider.questions[before])


def reply(body: dict[str, Any]) -> str:
    return "END" if "To judge" in prompt_in(body) else fenced(SHORT)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("action", ORDER)
async def test_a_provider_gets_what_helps_in_order_and_nothing_that_is_kept_away(
    place: Place, profile: str, action: str
) -> None:
    write(place)
    async with desk(place, profile, reply, more=SETTINGS) as here:
        open_files(here, place)
        prompt = await asked(here, action)
        assert here.provider.questions[0]["messages"][0]["role"] == "system"
        places = [prompt.find(words) for words in ORDER[action]]
        assert -1 not in places and places == sorted(places), dict(zip(ORDER[action], places, strict=True))
        for words in NEVER:
            assert words not in prompt, words
        # Of a secret's line the rest is there, where the project's conventions go along at all.
        assert ("for now." in prompt) is ("Names are of the field." in ORDER[action])
        assert KEY not in json.dumps(here.provider.questions)


async def test_another_function_of_the_file_begins_with_the_same_text(place: Place) -> None:
    write(place)
    async with desk(place, answer=reply, more=SETTINGS) as here:
        open_files(here, place)
        one, other = await asked(here, "explain"), await asked(here, "explain", AT_EDGE)
        assert one != other
        same = next(at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
        # All that stands before what goes with the lines: a provider has read it already.
        assert same > one.index("FACTOR = 1") + len("FACTOR = 1")


async def test_a_small_window_keeps_the_lines_and_leaves_out_what_helps_least(place: Place) -> None:
    rules = "# Style\n" + "Names are of the field, and lines are short.\n" * 2_000
    uses = "from area import area\n\n" + "print(area(1) + area(2) + area(3))\n" * 2_000
    write(place, {"AGENTS.md": rules, "shop.py": uses})
    place.configure(SETTINGS)
    async with ChattingOllama(lambda body: "It is.") as ollama, place.client(model_url=ollama.url) as client:
        here = await open_desk(client, place)
        await menu_with(here, "refactor.explain.tierlsp")
        open_files(here, place)
        await here.run(action="explain", range=AT_AREA, diagnostics=[])
        await here.progress()
        await here.reply("window/showDocument", {"success": True})
        await here.ended()
        [question] = ollama.questions
        prompt = prompt_in(question)
        texts = [str(message["content"]) for message in question["messages"]]
        options = question["options"]
        assert tokens_in_messages(texts).likely + options["num_predict"] <= options["num_ctx"] == 4096
        assert "to_metres(raduis)" in prompt
        for words in NEVER:
            assert words not in prompt, words
