"""The page `docs/settings.md`, made from the table of settings. A test holds the two together."""

from __future__ import annotations

from collections.abc import Iterable

from tierlsp.settings.keys import (
    KEYS,
    PRESETS,
    RESERVED_BACKENDS,
    RESERVED_KEYS,
    RESERVED_SECTIONS,
    SECTIONS,
    Key,
    Trust,
    environment_name,
)
from tierlsp.settings.layers import Origin
from tierlsp.settings.render import IDLE_NOTE, default_of, toml_value
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
`baseUrl`. The name is the part before the slash in `completion.model`. It has letters and digits, and after
the first also `_`, `.` and `-`. The backend `ollama` is always there; the others are asked once their table
is there or `completion.model` names them.
"""

_BACKENDS_TAIL = """\
`OLLAMA_HOST` is read as Ollama's own programs read it: `host`, `host:port`, `:port`, an IPv6 address, a URL.
`0.0.0.0` and `::`, on which only a server can listen, become the loopback address.
`TIERLSP_BACKENDS_OLLAMA_BASE_URL` has precedence over it. A base URL has no user name, password, query or
fragment, and no link-local or multicast address. A backend's name is in lower case where it comes from an
environment variable.
"""

_EXCLUDE_TAIL = """\
A pattern without a slash matches at any depth, one with a slash from the root of the project; for a file
outside of it, from the root of the file system. `*`, `?` and `[a-z]` stay within one name, `**` between
slashes is any number of names, a `/` at the end means a directory, a `!` in front takes back what earlier
patterns matched. A file in an excluded directory is excluded. Two names of one file (hard links) cannot be
told from two files.
"""


def manual_page() -> str:
    """Return the page, in Markdown."""
    parts = [_HEAD, _sources(), _trust()]
    for section in SECTIONS:
        parts.append(f"## `[{section}]`\n")
        if section == "backends":
            parts += [_BACKENDS, _presets()]
        parts.append(_key_table(key for key in KEYS if key.section == section))
        if section == "backends":
            parts.append(_BACKENDS_TAIL)
        if section == "privacy":
            parts.append(_EXCLUDE_TAIL)
    parts.append(_reserved())
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
    lines = ["| name | kind | baseUrl |", "|---|---|---|"]
    lines += [f"| `{name}` | `{preset.kind}` | `{preset.base_url}` |" for name, preset in PRESETS.items()]
    return "\n".join(lines) + "\n"


def _key_table(keys: Iterable[Key]) -> str:
    """Return the table of one section's keys."""
    lines = ["| key | default | values | what it does | a project may |", "|---|---|---|---|---|"]
    variables = []
    for key in keys:
        default = "the preset's" if key.default is None else f"`{toml_value(default_of(key))}`"
        doc = f"{key.doc} *{IDLE_NOTE}*" if key.is_idle else key.doc
        lines.append(f"| `{key.name}` | {default} | {key.kind.expected} | {doc} | {key.trust.value} |")
        variables.append(f"`{environment_name(key.path).replace('*', '<NAME>')}`")
    return "\n".join(lines) + f"\n\nEnvironment: {listed(variables)}.\n"


def _reserved() -> str:
    """Return what is accepted for the cloud tiers."""
    sections = listed([f"`{name}`" for name in sorted(RESERVED_SECTIONS)])
    keys = listed([f"`{path.replace('*', '<name>')}`" for path in sorted(RESERVED_KEYS)])
    backends = listed([f"`{name}`" for name in sorted(RESERVED_BACKENDS)])
    return (
        "## Kept for the cloud tiers\n\n"
        "These are accepted and not used by this version; `tierlsp config show` notes them.\n\n"
        f"- the sections {sections}\n"
        f"- the keys {keys}\n"
        f"- the backends with the name or kind {backends}\n"
    )
