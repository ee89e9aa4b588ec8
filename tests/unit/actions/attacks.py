"""Markdown that tries to be fetched, followed or run: targets × ways of writing them × places to put them."""

from __future__ import annotations

TARGETS = (
    "https://evil.test/?q=1",
    "//evil.test/x",
    "command:workbench.action.terminal.new",
    "vscode://evil.ext/x",
    "file:///etc/passwd",
    "data:text/html;base64,PHNjcmlwdD4=",
    "javascript:alert(1)",
    "\\\\evil.test\\share",
    "HTTPS://EVIL.TEST/x",
)

WAYS = (
    "[x]({})",
    "![x]({})",
    "[x](<{}>)",
    '![x]({} "title")',
    "[x]( {} )",
    "[x](\n{})",
    "<{}>",
    "{}",
    "[x]: {}\n\n[x]",
    "[x]:\n  {}\n\n![y][x]",
    "[a\nb]: {}\n\n[a b][]",
    "[x][y]\n\n   [y]: {}",
    "[^1]: {}",
    "<img src='{}'>",
    "<a href={}>x</a>",
    "<IMG\nSRC='{}'>",
    "<svg/onload=\"location='{}'\">",
    "[![x]({})]({})",
    "[`x`]({})",
    "[x\\]({})",
    "![x\\\\]({})",
    "\\![x]({})",
    "*[x]({})*",
    "<!-- --><img src={}>",
    "<iframe src={}></iframe>",
    "<link rel=stylesheet href={}>",
    "<?x {} ?><img src={}>",
    "&lt;img&gt; [x]({})",
)

PLACES = (
    "{}",
    "- {}",
    "> {}",
    "| a |\n|---|\n| {} |",
    "# {}",
    "text ` {}",
    "`` ` {}",
    "```\n```\n{}",
    "  ```\n{}\n```\n{}",
    "- ```\n{}\n  ```\n{}",
    "10. ```\n{}\n```\n{}",
    "p\n        ```\n        {}\n        ```",
    "````\n```\n````\n{}",
    "```a`b\n{}\n```",
    "~~~ x | y\n|---|---|\n{}\n~~~\n{}",
    "`a | ` {} `",
    "| a `b | {} ` |\n|---|---|\n| `c | {} ` |",
    "[` {} `",
    "\\`{}\\`",
    "\\\\`` {} `",
    "> ```\n{}\n> ```",
    "1. a\n\n   ```\n   x\n{}\n   ```\n{}",
    "\t```\n{}\n\t```\n{}",
    "```\r{}\r```\r{}",
    "\x0b```\n{}",
    "a\u2028```\n{}",
    "\u200b```\n{}\n```",
    "```\n\n{}\n\n~~~\n{}\n```\n{}",
)


def attacks() -> list[str]:
    """Return every way in every place, the target going round."""
    found = []
    for number, place in enumerate(PLACES):
        for way_number, way in enumerate(WAYS):
            target = TARGETS[(number + way_number) % len(TARGETS)]
            written = way.format(*[target] * way.count("{}"))
            found.append(place.format(*[written] * place.count("{}")))
    return found
