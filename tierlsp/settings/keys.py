"""Every setting in one table: its name, its values, its default, what it does, and who may set it.

All else follows from this table: reading and checking (`reading.py`), trust (`trust.py`), the starter file,
the JSON schema and `docs/settings.md` (`render.py`). Names are camelCase outside and snake_case inside;
`snake` is the one place that converts them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from tierlsp.settings.formats import Address, GlobList, KeepAlive, ModelName
from tierlsp.settings.kinds import Boolean, Choice, Integer, Kind, WordOrInteger


class Trust(Enum):
    """What a project and an editor's workspace, which nobody may have looked at yet, can do to a setting."""

    FREE = "set it"
    """Harmless: it changes when and how completions are asked for, never what is sent where."""
    TIGHTEN = "only tighten it"
    """Only a change to something that does or allows less counts."""
    ADD = "only add to it"
    """Its entries join those of the person, who alone can take any away."""
    LOCAL_MODEL = "set it to a local model"
    """Only a model on this machine counts, on a server that the person set up."""
    USER = "not set it"
    """The person's alone."""


@dataclass(frozen=True, slots=True)
class Key:
    """One setting."""

    path: str
    """Where it stands in the tree, such as `completion.budgetMs`; `*` stands for a backend's name."""
    kind: Kind
    default: object
    """`None` where it depends on the backend's name or kind."""
    trust: Trust
    doc: str
    """One or two sentences for the person."""
    is_idle: bool = False
    """Whether it is accepted and checked while nothing acts on it yet."""

    @property
    def section(self) -> str:
        """The part of the path before the first dot."""
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """The part of the path after the last dot."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Preset:
    """A backend that needs no more than its name."""

    kind: str
    base_url: str


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "ollama": Preset("ollama", "http://127.0.0.1:11434"),
        "llamacpp": Preset("llamacpp", "http://127.0.0.1:8080"),
    }
)
"""The backends known by name, at the addresses where their servers listen unless told otherwise.

The addresses are numbers, since a name such as `localhost` can be made to lead elsewhere.
"""

ALWAYS_PRESENT = "ollama"
"""The backend that is there without being named.

llama.cpp is not: 8080 is the port of many other servers, which must not be sent code because nobody said no.
"""

RESERVED_BACKENDS = frozenset(
    [
        "mistral",
        "deepseek",
        "qwen",
        "glm",
        "openai",
        "anthropic",
        "gemini",
        "openrouter",
        "litellm",
        "lmstudio",
        "vllm",
    ]
)
"""Names and kinds of backends that belong to the cloud tiers; accepted, and not used by this version."""

RESERVED_SECTIONS = frozenset({"tiers", "routing", "budget"})
"""Sections that belong to the cloud tiers; accepted, and not used by this version."""

RESERVED_KEYS = frozenset({"privacy.cloud", "privacy.redact", "backends.*.apiKeyEnv"})
"""Single keys that belong to the cloud tiers; accepted, and not used by this version."""

BACKEND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""What a backend may be called: no slash, at which `backend/model` is split, and nothing unprintable."""

KEYS: tuple[Key, ...] = (
    Key(
        "completion.enabled",
        Boolean(),
        True,
        Trust.TIGHTEN,
        "Whether there are inline completions at all.",
    ),
    Key(
        "completion.model",
        ModelName(),
        "auto",
        Trust.LOCAL_MODEL,
        'The model that completes. "auto" takes the best installed one that can fill in the middle; '
        '"backend/model", such as "ollama/codestral:22b", names one.',
    ),
    Key(
        "completion.fallback",
        Choice(("lookup", "none")),
        "lookup",
        Trust.FREE,
        'What completes where no model can: the embedded completer ("lookup"), or nothing ("none").',
    ),
    Key(
        "completion.budgetMs",
        Integer(1, 10_000),
        60,
        Trust.FREE,
        "Milliseconds from the request read to the reply written. Editors ask 30 to 45 ms after the key, so "
        "60 is on screen within 100.",
    ),
    Key(
        "completion.patienceMs",
        Integer(0, 120_000),
        2000,
        Trust.FREE,
        "Milliseconds that a request which nothing has overtaken may wait for the model's first line.",
    ),
    Key(
        "completion.warmMs",
        Integer(0, 60_000),
        1500,
        Trust.FREE,
        "The longest that reading a prompt afresh may take, in milliseconds; it bounds the prompt's length. "
        "It is spent when a file is opened or the cursor rests, never on a key.",
        is_idle=True,
    ),
    Key(
        "completion.layout",
        Choice(("auto", "native", "lineAfterMiddle")),
        "auto",
        Trust.FREE,
        'How the parts of a prompt are ordered: as the model was trained ("native"), with the '
        'current line last ("lineAfterMiddle"), or whichever suits the model ("auto").',
    ),
    Key(
        "completion.debounce",
        WordOrInteger("adaptive", Integer(0, 10_000)),
        "adaptive",
        Trust.FREE,
        "How long typing must pause before a model is asked, in milliseconds. "
        '"adaptive" asks at once, one generation at a time, and drops it as soon as typing goes another way.',
    ),
    Key(
        "completion.multiline",
        Choice(("auto", "never", "always")),
        "auto",
        Trust.FREE,
        'Whether completions may have more than one line; "auto" decides by the place.',
    ),
    Key(
        "completion.maxTokens",
        Integer(1, 4096),
        128,
        Trust.FREE,
        "The most tokens that a model writes for one completion.",
    ),
    Key(
        "completion.trigger",
        Choice(("automatic", "manual")),
        "automatic",
        Trust.TIGHTEN,
        'When a completion is made: while typing ("automatic"), or only when asked for ("manual").',
    ),
    Key(
        "completion.power",
        Choice(("full", "saving")),
        "full",
        Trust.FREE,
        'How freely the model is used: "full" keeps it warm and makes the next line ahead of time, "saving" asks it '
        "only when typing rests, for a laptop on battery.",
    ),
    Key(
        "backends.*.kind",
        Choice(tuple(PRESETS)),
        None,
        Trust.USER,
        "How the server is spoken to. Only a backend with a name of its own needs it.",
    ),
    Key(
        "backends.*.baseUrl",
        Address(),
        None,
        Trust.USER,
        "Where the server is. `OLLAMA_HOST` is honoured for the backend `ollama`.",
    ),
    Key(
        "backends.*.keepAlive",
        KeepAlive(),
        "30m",
        Trust.USER,
        "How long Ollama keeps the model loaded after a request.",
    ),
    Key(
        "backends.*.numCtx",
        Integer(256, 1_048_576),
        4096,
        Trust.USER,
        "The context size in tokens. It is sent with every request, since Ollama reloads a model whose size changes.",
    ),
    Key(
        "privacy.exclude",
        GlobList(),
        ("**/.env*", "**/*.pem", "**/id_*", "**/secrets/**"),
        Trust.ADD,
        "Files that no model sees and the embedded completer does not learn from: patterns as in a "
        "`.gitignore`, whatever the case, matched against the path and against where it really leads.",
    ),
)
"""The table, in the order in which the settings are shown."""

SECTIONS = tuple(dict.fromkeys(key.section for key in KEYS))


def key_at(path: str) -> Key | None:
    """Return the setting at `path`, in which a backend's name may stand where the table has `*`."""
    general = _general(path)
    return next((key for key in KEYS if key.path == general), None)


def is_reserved(path: str) -> bool:
    """Whether the setting at `path` belongs to the cloud tiers, so that it is accepted without being used."""
    section, _, rest = path.partition(".")
    if section in RESERVED_SECTIONS or _general(path) in RESERVED_KEYS:
        return True
    return section == "backends" and rest.partition(".")[0] in RESERVED_BACKENDS


def snake(name: str) -> str:
    """Return the snake_case form of a camelCase name: `budgetMs` gives `budget_ms`."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def environment_name(path: str) -> str:
    """Return the environment variable of the setting at `path`: `TIERLSP_COMPLETION_BUDGET_MS`."""
    return "_".join(["TIERLSP", *(snake(part).upper() for part in path.split("."))])


def _general(path: str) -> str:
    """Return `path` with `*` in place of a backend's name, which may itself have dots."""
    if not path.startswith("backends.") or path.count(".") < 2:
        return path
    return f"backends.*.{path.rpartition('.')[2]}"
