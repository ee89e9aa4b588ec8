"""The page `docs/settings.md`, made from the table of settings. A test holds the two together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tierlsp.settings.key import Key, Trust, environment_name
from tierlsp.settings.keys import KEYS, SECTIONS
from tierlsp.settings.layers import Origin
from tierlsp.settings.presets import PRESETS
from tierlsp.settings.render import default_of, toml_value
from tierlsp.settings.wording import listed

_PLACES: tuple[tuple[Origin, str], ...] = (
    (Origin.DEFAULT, "built in"),
    (Origin.FILE, "`config.toml` in your configuration directory; `tierlsp config path` says where"),
    (Origin.ENVIRONMENT, "environment variables"),
    (Origin.INITIALIZATION, "`initializationOptions`: the tree, or `{tierlsp: tree}`"),
    (Origin.EDITOR, "the editor's settings, section `tierlsp` (`workspace/configuration`)"),
    (Origin.PROJECT, "`.tierlsp.toml` in the root of the project"),
    (Origin.COMMAND_LINE, "the command line: `--set completion.budgetMs=80`"),
)
"""Each source in words, in the order of precedence."""

_HEAD = """\
<!-- Made from tierlsp/settings/keys.py. To make it again:
     python -c "from tierlsp.settings.manual import manual_page; print(manual_page(), end='')" >
     docs/settings.md -->

# Settings

One tree with the same names everywhere. `tierlsp config init` writes a `config.toml` in which every setting
stands as a comment; `tierlsp config show` says what is in force and where it comes from; `tierlsp config
schema` prints the JSON schema.

A setting that is unknown or wrong is one message, which names the key, what was wrong and what is used
instead. The server always starts. A key set to `null` counts as absent.
"""

_TRUST = """\
## Who may set what

A project's `.tierlsp.toml` and an editor's settings for a workspace can come with a repository that nobody
has looked at yet. Where such a source sets something that could hurt, it is ignored, with a message. The last
column of the tables below says what these two sources may do:
"""

_TRUST_MEANINGS: tuple[tuple[Trust, str], ...] = (
    (Trust.FREE, "harmless, taken as it is"),
    (Trust.TIGHTEN, "a change to something that allows less counts, any other is ignored"),
    (Trust.ADD, "its entries join yours; what begins with `!` is left out"),
    (
        Trust.LOCAL_MODEL,
        "a model counts if its backend is on a loopback address that you or the defaults have set, and if "
        'its name does not end in `cloud`; `"auto"` counts if all your backends are on loopback addresses',
    ),
    (Trust.USER, "ignored"),
)

_BACKENDS = """\
Each backend is a table with a name: `[backends.ollama]`, or `[backends.workstation]` with `kind` and
`baseUrl`. The name is the part before the slash in `backend/model`. It has letters and digits, and after
the first also `_`, `.` and `-`. The backend `ollama` is always there; a preset is there once its table is,
one of your models names it, or an environment variable of the list below holds its API key. Inline completion
asks `ollama` and `llamacpp` backends only.
"""

_BACKENDS_TAIL = """\
`OLLAMA_HOST` is read as Ollama's own programs read it: `host`, `host:port`, `:port`, an IPv6 address, a URL.
`0.0.0.0` and `::`, on which only a server can listen, become the loopback address.
`TIERLSP_BACKENDS_OLLAMA_BASE_URL` has precedence over it. A base URL has no user name, password, query or
fragment, and no link-local or multicast address. A backend's name is in lower case where it comes from an
environment variable.

### API keys

A key comes from the environment variable of the list above (the first one that is set), or from the one that
`apiKeyEnv` names; where that is not set, from the system's keyring, if the package `keyring` is installed. It
stands in no settings file.

- A preset's own key goes to the preset's own host. With another `baseUrl` no key is sent, unless `apiKeyEnv`
  is named beside it, in the same table of the same source or in a later one.
- If a later source leads the `baseUrl` to another host, an `apiKeyEnv` that was named before no longer counts.
- No key goes over plain `http`, except within this machine.
- `ANTHROPIC_BASE_URL`, `OPENAI_BASE_URL` and their like are not read.

```toml
[backends.work]                       # a gateway of your own
kind = "openai"
baseUrl = "https://ai.example.com/v1"
apiKeyEnv = "WORK_AI_KEY"
```
"""

_TIERS_TAIL = """\
What stands here always wins. An empty list is filled from the API keys that are found: one
`OPENROUTER_API_KEY` is enough for both tiers, and with no key at all the local model serves the actions.
`tierlsp doctor` says what serves each tier, and why. In an environment variable the models have commas between
them.
"""

_POINTS_TAIL = """\
```toml
[routing.points]
"lang:rust" = 30
```
"""

_PRICES = """\
What a model costs, in place of the price that tierlsp knows, or where it knows none: one table for each, named
`backend/model` in quotation marks. `input` and `output` must be there. They have no environment variables.

```toml
[prices."work/gpt-5.4"]
input = 2.5
output = 15.0
```
"""

_ACTIONS = """\
Actions of your own: one table for each, with a name. `title` and `prompt` must be there. They stand in the editor's
menu behind what mends problems, and `tierlsp run NAME FILE` runs them; consent, redaction, checks, prices and caps hold
for them as for all others. They have no environment variables.

```toml
[actions.translate]
title = "Translate comments to English"
prompt = "Translate the comments to English; change nothing else."
answer = "edit"
```
"""

_EXCLUDE_TAIL = """\
A pattern without a slash matches at any depth, one with a slash from the root of the project; for a file
outside of it, from the root of the file system. `*`, `?` and `[a-z]` stay within one name, `**` between
slashes is any number of names, a `/` at the end means a directory, a `!` in front takes back what earlier
patterns matched. A file in an excluded directory is excluded. Two names of one file (hard links) cannot be
told from two files.
"""


_BEFORE: Mapping[str, str] = MappingProxyType({"backends": _BACKENDS, "prices": _PRICES, "actions": _ACTIONS})
"""What stands in front of a section's table."""

_BEHIND: Mapping[str, str] = MappingProxyType(
    {"backends": _BACKENDS_TAIL, "tiers": _TIERS_TAIL, "routing": _POINTS_TAIL, "privacy": _EXCLUDE_TAIL}
)
"""What stands behind it."""


def manual_page() -> str:
    """Return the page, in Markdown."""
    parts = [_HEAD, _sources(), _trust()]
    for section in SECTIONS:
        parts.append(f"## `[{section}]`\n")
        if section in _BEFORE:
            parts.append(_BEFORE[section])
        if section == "backends":
            parts.append(_presets())
        parts.append(_key_table(key for key in KEYS if key.section == section))
        if section in _BEHIND:
            parts.append(_BEHIND[section])
    return "\n".join(parts)


def _sources() -> str:
    """Return the list of sources."""
    lines = ["## Where settings come from\n", "A later source has precedence over those before it.\n"]
    lines += [f"{origin.rank + 1}. {text}" for origin, text in _PLACES]
    return "\n".join(lines) + "\n"


def _trust() -> str:
    """Return the rules of trust."""
    lines = [f"- *{trust.value}*: {text}" for trust, text in _TRUST_MEANINGS]
    return _TRUST + "\n" + "\n".join(lines) + "\n"


def _presets() -> str:
    """Return the table of presets."""
    lines = ["| name | kind | baseUrl | API key |", "|---|---|---|---|"]
    for name, preset in PRESETS.items():
        keys = ", ".join(f"`{variable}`" for variable in preset.api_key_envs)
        lines.append(f"| `{name}` | `{preset.kind}` | `{preset.base_url}` | {keys} |")
    return "\n".join(lines) + "\n"


def _key_table(keys: Iterable[Key]) -> str:
    """Return the table of one section's keys."""
    lines = ["| key | default | values | what it does | a project may |", "|---|---|---|---|---|"]
    variables = []
    for key in keys:
        name = key.path.removeprefix(f"{key.section}.").removeprefix("*.").replace("*", "<rule>")
        default = _default(key)
        lines.append(f"| `{name}` | {default} | {key.kind.expected} | {key.doc} | {key.trust.value} |")
        if key.has_variable:
            variables.append(f"`{environment_name(key.path).replace('*', '<NAME>')}`")
    return "\n".join(lines) + "\n" + (f"\nEnvironment: {listed(variables)}.\n" if variables else "")


def _default(key: Key) -> str:
    """Return the default of `key` for its cell."""
    if key.default is not None:
        return f"`{toml_value(default_of(key))}`"
    return "the preset's" if key.section == "backends" else ""
