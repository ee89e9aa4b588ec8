"""Every setting in one table.

All else follows from this table: reading and checking (`reading.py`), trust (`trust.py`), the starter file,
the JSON schema and `docs/settings.md` (`render.py`). Names are camelCase outside and snake_case inside;
`snake` is the one place that converts them.
"""

from __future__ import annotations

import re
from decimal import Decimal

from tierlsp.settings.formats import Address, GlobList, KeepAlive, ModelList, ModelName, VariableName
from tierlsp.settings.key import Key, Trust
from tierlsp.settings.kinds import Boolean, Choice, Integer, Money, WordOrInteger
from tierlsp.settings.presets import PRESETS
from tierlsp.settings.words import IdentifierList, Text

BACKEND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""What a backend may be called: no slash, at which `backend/model` is split, and nothing unprintable."""

RULE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_:-]{0,63}")
"""What a rule of routing is called, such as `lang:rust`."""

PRICED_MODEL = re.compile(r"[^/\s]{1,64}/\S{1,256}")
"""How a model is written that has a price: `backend/model`."""

BUILT_IN_ACTIONS = (
    "refactor", "refactorFiles", "explain", "ask", "review", "audit", "fix", "tests", "docs", "names", "sql", "plan",
    "commit", "own",
)  # fmt: skip
"""The names of tierlsp's own actions, which no other can have."""

ACTION_NAME = re.compile(rf"(?!(?:{'|'.join(BUILT_IN_ACTIONS)})$)[A-Za-z][A-Za-z0-9_-]{{0,31}}")
"""What an action of the person's own may be called."""

POINTS = "routing.points"
"""The one table in a section that holds names of the person's choosing."""

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
        "backends.*.apiKeyEnv",
        VariableName(),
        None,
        Trust.USER,
        "The environment variable (or the entry of the system's keyring) that holds the API key. It counts for the "
        "host of the `baseUrl` beside it; without it a preset's own key goes to the preset's own host alone.",
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
        "tiers.local",
        ModelList(with_auto=True),
        ("auto",),
        Trust.USER,
        'The models of the local tier, in the order in which they are tried. "auto" is the one on this machine that '
        "is best for it.",
    ),
    Key(
        "tiers.cheap",
        ModelList(),
        (),
        Trust.USER,
        "The models of the cheap tier, in order. Where it is empty, they come from the API keys that are found.",
    ),
    Key(
        "tiers.premium",
        ModelList(),
        (),
        Trust.USER,
        "The models of the premium tier, in order. Where it is empty, they come from the API keys that are found.",
    ),
    Key(
        "routing.strategy",
        Choice(("ordered", "shuffle", "leastBusy", "latency")),
        "ordered",
        Trust.FREE,
        "Which of a tier's models is asked first: as listed, any, the one with the fewest calls, or the fastest.",
    ),
    Key(
        "routing.escalate",
        Boolean(),
        True,
        Trust.TIGHTEN,
        "Whether an answer that fails verification goes up one tier, inside the price that was shown.",
    ),
    Key(
        f"{POINTS}.*",
        Integer(-1000, 1000),
        None,
        Trust.USER,
        'The points of one rule of routing, in place of its own, such as `"lang:rust" = 30`; '
        "`tierlsp route` names the rules that applied.",
    ),
    Key(
        "budget.monthlyUsd",
        Money(),
        Decimal("25.0"),
        Trust.TIGHTEN,
        "The most that is spent in a month (UTC). Nothing that costs money passes it.",
    ),
    Key(
        "budget.whenSpent",
        Choice(("local", "stop")),
        "local",
        Trust.TIGHTEN,
        'What happens once it is spent: the local model does the work ("local"), or nothing does ("stop").',
    ),
    Key(
        "budget.premiumUsd",
        Money(),
        Decimal("20.0"),
        Trust.TIGHTEN,
        "The most that is spent on the premium tier in a month; then premium work asks before it runs on the cheap "
        "tier.",
    ),
    Key(
        "budget.actionUsd",
        Money(),
        Decimal("1.0"),
        Trust.TIGHTEN,
        "The most that one action may cost, with all its tries.",
    ),
    Key(
        "privacy.cloud",
        Choice(("allow", "ask", "never")),
        "ask",
        Trust.TIGHTEN,
        'Whether actions may send code to cloud models: always ("allow"), where you said so for the workspace '
        '("ask"), or nowhere ("never").',
    ),
    Key(
        "privacy.redact",
        Boolean(tight=True),
        True,
        Trust.TIGHTEN,
        "Whether secrets are replaced by placeholders before anything leaves this machine.",
    ),
    Key(
        "privacy.exclude",
        GlobList(),
        ("**/.env*", "**/*.pem", "**/id_*", "**/secrets/**"),
        Trust.ADD,
        "Files that no model sees and the embedded completer does not learn from: patterns as in a "
        "`.gitignore`, whatever the case, matched against the path and against where it really leads.",
    ),
    *(
        Key(f"prices.*.{name}", Money(), None, Trust.USER, f"US dollars for a million tokens {what}.")
        for name, what in (
            ("input", "read"),
            ("output", "written, those thought included"),
            ("cachedInput", "found in the provider's cache; where it is not set, as `input`"),
            ("cacheWrite", "written to the provider's cache; where it is not set, as `input`"),
        )
    ),
    Key(
        "actions.*.title",
        Text(60),
        None,
        Trust.USER,
        "What stands in the menu; tier, model and price are added.",
    ),
    Key(
        "actions.*.prompt",
        Text(4_000, has_lines=True),
        None,
        Trust.USER,
        "What is wanted, in words for the model. The code, and what tools say of it, are added.",
    ),
    Key(
        "actions.*.answer",
        Choice(("text", "edit")),
        "text",
        Trust.USER,
        'What comes of it: a page ("text"), or a change of the lines, checked as that of every action ("edit").',
    ),
    Key(
        "actions.*.scope",
        Choice(("auto", "selection", "symbol", "class", "file")),
        "auto",
        Trust.USER,
        'What it is about; "auto" is the selection, without one the function around the cursor, else the class, else '
        "the file.",
    ),
    Key(
        "actions.*.tier",
        Choice(("auto", "local", "cheap", "premium")),
        "auto",
        Trust.USER,
        'Who does it; "auto" lets the rules decide.',
    ),
    Key(
        "actions.*.languages",
        IdentifierList(),
        (),
        Trust.USER,
        "The languages in whose files it is offered; where the list is empty, in all.",
    ),
)
"""The table, in the order in which the settings are shown."""

SECTIONS = tuple(dict.fromkeys(key.section for key in KEYS))

NAMED_SECTIONS = frozenset({"backends", "prices", "actions"})
"""The sections that consist of tables, each with a name of the person's choosing."""


def key_at(path: str) -> Key | None:
    """Return the setting at `path`, in which a name may stand where the table has `*`."""
    general = _general(path)
    return next((key for key in KEYS if key.path == general), None)


def _general(path: str) -> str:
    """Return `path` with `*` in place of a name, which may itself have dots."""
    section = path.partition(".")[0]
    if section in NAMED_SECTIONS and path.count(".") >= 2:
        return f"{section}.*.{path.rpartition('.')[2]}"
    return f"{POINTS}.*" if path.startswith(f"{POINTS}.") else path
