"""Write the settings of the server into `package.json` and `src/generated.json`.

Run it with `python editors/vscode/scripts/settings.py`. `tests/test_vscode_settings.py` holds both files to what this
makes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tierlsp import __version__
from tierlsp.settings.key import Trust
from tierlsp.settings.keys import KEYS
from tierlsp.settings.presets import PRESETS
from tierlsp.settings.render import json_schema

HERE = Path(__file__).parents[1]
PACKAGE = HERE / "package.json"
GENERATED = HERE / "src" / "generated.json"

OWN: dict[str, dict[str, Any]] = {
    "tierlsp.server.path": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "markdownDescription": "The program `tierlsp`, with its whole path. Empty: it is looked for in the workspace's "
        "Python environment, on the PATH, and where pipx and uv put programs.",
    },
    "tierlsp.trace.server": {
        "enum": ["off", "messages", "verbose"],
        "default": "off",
        "scope": "window",
        "description": "What the log shows of the messages to and from the server. They hold the text that you edit.",
    },
}
"""The extension's own settings, which the server is not told of."""


def keys() -> dict[str, str]:
    """Return for each setting how it reaches the server.

    `start`: the person's own value in `initializationOptions` alone, since nobody else's may count.
    `both`: the person's own value there, and the workspace's in the answer to `workspace/configuration`, where the
    server lets it tighten only. `live`: whatever is in force in that answer.
    """
    found = {}
    for key in KEYS:
        # A table with names of the person's choosing is one setting.
        name = key.path.partition(".*")[0]
        found[name] = {Trust.USER: "start", Trust.FREE: "live"}.get(key.trust, "both")
    return found


def properties() -> dict[str, dict[str, Any]]:
    """Return `contributes.configuration.properties`."""
    tree = json_schema()
    found = dict(OWN)
    for order, (name, sent) in enumerate(keys().items()):
        node = tree
        for part in name.split("."):
            node = node["properties"][part]
        found[f"tierlsp.{name}"] = {
            **{key: value for key, value in node.items() if key != "description"},
            "order": order,
            "scope": "machine" if sent == "start" else "window",
            "markdownDescription": node.get("description") or _MAP_WORDS[name],
            **_tags(name),
        }
    return found


_MAP_WORDS = {
    "actions": "Actions of your own by name: their title, their words, and how they are made.",
    "backends": "Model servers by name: where they are, and the variable that holds the key.",
    "prices": 'Prices of models by "backend/model", in US dollars for a million tokens.',
    "routing.points": "Points of routing rules by name, in place of those they have.",
}


def _tags(name: str) -> dict[str, Any]:
    """Mark what decides on sending something elsewhere, as VS Code asks for."""
    is_online = name.startswith(("tiers.", "backends")) or name in ("privacy.cloud", "completion.model")
    return {"tags": ["usesOnlineServices"]} if is_online else {}


def generated() -> dict[str, Any]:
    """Return `src/generated.json`: what the code has to know of the settings and the keys."""
    variables = [variable for preset in PRESETS.values() for variable in preset.api_key_envs]
    return {"settings": keys(), "keyVariables": variables}


def package() -> dict[str, Any]:
    """Return `package.json` as it should be."""
    manifest: dict[str, Any] = json.loads(PACKAGE.read_text(encoding="utf-8"))
    manifest["version"] = __version__
    manifest["contributes"]["configuration"] = {"title": "tierlsp", "properties": properties()}
    return manifest


def written(value: dict[str, Any]) -> str:
    """Return `value` as the files hold it."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PACKAGE.write_text(written(package()), encoding="utf-8")
    GENERATED.write_text(written(generated()), encoding="utf-8")
