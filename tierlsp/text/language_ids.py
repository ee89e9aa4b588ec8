"""Which language an editor would say that a file is in, by its name."""

from __future__ import annotations

from pathlib import PurePath

_IDS = """
bash sh shellscript | bat bat | c h c | cc cpp cxx hh hpp hxx cpp | clj cljs clojure | cs csharp | css css
dart dart | diff patch diff | erl hrl erlang | ex exs elixir | fs fsi fsx fsharp | go go | groovy gradle groovy
hs haskell | htm html html | java java | js cjs mjs javascript | json json | jsx javascriptreact | jl julia
kt kts kotlin | less less | lua lua | mk makefile | md markdown | m objective-c | mm objective-cpp | ml mli ocaml
php php | pl pm perl | proto proto | ps1 powershell | py pyi pyw python | r r | rb ruby | rs rust | sass sass
scala scala | scss scss | sql sql | svelte svelte | swift swift | tex latex | tf terraform | toml toml
ts cts mts typescript | tsx typescriptreact | txt plaintext | vue vue | xml xml | yaml yml yaml | zig zig
"""
"""Extensions, and behind each group of them the language id of LSP 3.17, "TextDocumentItem"."""

LANGUAGE_IDS: dict[str, str] = {
    extension: group.split()[-1]
    for line in _IDS.strip().split("\n")
    for group in line.split("|")
    for extension in group.split()[:-1]
}

NAMES = {"dockerfile": "dockerfile", "makefile": "makefile", "gnumakefile": "makefile", "cmakelists.txt": "cmake"}
"""Files that are known by their whole name, in lower case."""


def language_id_of(name: str) -> str:
    """Return the language id of a file called `name`, `plaintext` if it is not known."""
    lowered = PurePath(name.lower())
    return NAMES.get(lowered.name) or LANGUAGE_IDS.get(lowered.suffix[1:], "plaintext")
