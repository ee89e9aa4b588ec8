"""The facts about each language."""

from __future__ import annotations

import re
from dataclasses import replace

from tierlsp.text.language import Blocks, Language


def language_of(language_id: str) -> Language:
    """Return the facts for the language id that an editor gave, those for an unknown language if it is not listed."""
    return LANGUAGES.get(_SAME_AS.get(language_id, language_id), UNKNOWN)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SLASHES = ("//",)
_SLASH_STAR = (("/*", "*/"),)
_BACKTICKS = (("`", "`"),)
_TRIPLE_QUOTES = (('"""', '"""'),)

_C_CONTINUATIONS = _words("else catch finally while case default")

_C = Language(
    name="c",
    line_comments=_SLASHES,
    block_comments=_SLASH_STAR,
    quotes='"',
    has_char_literals=True,
    blocks=Blocks.BRACES,
    opener=re.compile(r"^(?:case\b.*|default|public|private|protected)\s*:$|(?:^|[}\s])(?:else|do|try|finally)$"),
    continuations=_C_CONTINUATIONS | _words("public: private: protected:"),
)

_ARROWS = re.compile(r"[=-]>$|^(?:case\b.*|default)\s*:$|(?:^|[}\s])(?:else|do|try|finally)$")
"""Languages with braces in which a line may also end in the arrow of a function or a branch."""

_JAVASCRIPT = replace(
    _C, name="javascript", quotes="\"'", has_char_literals=False, long_strings=_BACKTICKS, opener=_ARROWS,
    continuations=_C_CONTINUATIONS,
)  # fmt: skip

_PYTHON = Language(
    name="python",
    line_comments=("#",),
    long_strings=(*_TRIPLE_QUOTES, ("'''", "'''")),
    blocks=Blocks.INDENT,
    opener=re.compile(
        r"^(?:async\s+)?(?:def|class|if|elif|else|for|while|try|except|finally|with|match|case)\b.*:$|^\).*:$"
    ),
    continuations=_words("else elif except finally case"),
    continuable=_words("if elif else for while try except match case async"),
)

_SHELL = Language(
    name="shellscript",
    line_comments=("#",),
    comments_need_blank=True,
    blocks=Blocks.WORDS,
    opener=re.compile(r"(?:^|[\s;])(?:then|do|else|in)$|\)$"),
    continuations=_words("else elif"),
    ends=_words("fi done esac"),
    # The pattern of a `case` branch ends in a lone `)`.
    has_code_brackets=False,
)

_HTML = Language(
    name="html",
    block_comments=(("<!--", "-->"),),
    quotes="",
    blocks=Blocks.TAGS,
    has_tags=True,
    opener=re.compile(
        r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)[A-Za-z][^<>]*(?<!/)>$"
    ),
    has_code_brackets=False,
)

_CSS = Language(name="css", block_comments=_SLASH_STAR, blocks=Blocks.BRACES)

_YAML = Language(
    name="yaml",
    line_comments=("#",),
    comments_need_blank=True,
    blocks=Blocks.INDENT,
    opener=re.compile(r":$|^-$|:\s*[|>][+-]?$"),
)

_PROSE = Language(name="plaintext", quotes="", is_prose=True, has_tags=True, has_code_brackets=False)

UNKNOWN = Language(
    name="",
    line_comments=("//", "#"),
    comments_need_blank=True,
    quotes='"',
    blocks=Blocks.BRACES,
    opener=re.compile(r"(?:^|[}\s])(?:else|do|then|begin)$"),
    continuations=_words("else elif elseif elsif catch except finally rescue ensure case default"),
    ends=_words("end"),
)
"""What holds for most languages."""

LANGUAGES: dict[str, Language] = {
    language.name: language
    for language in (
        _C,
        replace(_C, name="cpp"),
        replace(_C, name="csharp", opener=_ARROWS, continuations=_C_CONTINUATIONS),
        replace(_C, name="java", opener=_ARROWS, continuations=_C_CONTINUATIONS, long_strings=_TRIPLE_QUOTES),
        replace(_C, name="kotlin", opener=_ARROWS, continuations=_C_CONTINUATIONS, long_strings=_TRIPLE_QUOTES),
        replace(_C, name="scala", opener=_ARROWS, continuations=_C_CONTINUATIONS, long_strings=_TRIPLE_QUOTES),
        replace(_C, name="swift", has_char_literals=False, long_strings=_TRIPLE_QUOTES),
        replace(_C, name="rust", opener=re.compile(r"=>$"), continuations=_words("else")),
        replace(_C, name="go", long_strings=_BACKTICKS, continuations=_words("else case default")),
        replace(_C, name="zig", long_strings=(), opener=re.compile(r"=>$"), continuations=_words("else")),
        replace(_C, name="proto"),
        replace(_C, name="scss"),
        _JAVASCRIPT,
        replace(_JAVASCRIPT, name="typescript"),
        # Text between tags may hold lone brackets and apostrophes.
        replace(_JAVASCRIPT, name="javascriptreact", quotes='"', has_tags=True, has_code_brackets=False),
        replace(_JAVASCRIPT, name="dart", long_strings=(*_TRIPLE_QUOTES, ("'''", "'''"))),
        replace(
            _JAVASCRIPT,
            name="php",
            has_tags=True,
            line_comments=("//", "#"),
            long_strings=(),
            continuations=_C_CONTINUATIONS | _words("elseif"),
            ends=_words("endif endforeach endfor endwhile endswitch"),
        ),
        _PYTHON,
        replace(_PYTHON, name="gdscript", continuations=_words("else elif"), continuable=_words("if elif for while")),
        _YAML,
        replace(_YAML, name="toml", long_strings=_TRIPLE_QUOTES, opener=None, blocks=Blocks.NONE),
        replace(_YAML, name="ini", line_comments=("#", ";"), opener=None, blocks=Blocks.NONE, quotes=""),
        Language(name="json", line_comments=_SLASHES, block_comments=_SLASH_STAR, quotes='"', blocks=Blocks.BRACES),
        Language(
            name="lua",
            line_comments=("--",),
            block_comments=(("--[[", "]]"),),
            long_strings=(("[[", "]]"),),
            blocks=Blocks.WORDS,
            opener=re.compile(r"\b(?:then|do|else|repeat)$|\bfunction\b[^()]*\([^()]*\)$"),
            continuations=_words("else elseif"),
            ends=_words("end until"),
        ),
        Language(
            name="ruby",
            line_comments=("#",),
            comments_need_blank=True,
            blocks=Blocks.WORDS,
            opener=re.compile(
                r"^(?:def|class|module|if|unless|while|until|case|when|begin|else|elsif|rescue|ensure|for)\b"
                r"|\bdo(?:\s*\|[^|]*\|)?$|\bthen$"
            ),
            continuations=_words("else elsif when rescue ensure in"),
            ends=_words("end"),
        ),
        Language(
            name="elixir",
            line_comments=("#",),
            comments_need_blank=True,
            quotes='"',
            long_strings=_TRIPLE_QUOTES,
            blocks=Blocks.WORDS,
            opener=re.compile(r"\bdo$|->$|^(?:else|rescue|after|catch)$"),
            continuations=_words("else rescue after catch"),
            ends=_words("end"),
        ),
        Language(
            name="julia",
            line_comments=("#",),
            block_comments=(("#=", "=#"),),
            quotes='"',
            long_strings=_TRIPLE_QUOTES,
            has_char_literals=True,
            blocks=Blocks.WORDS,
            opener=re.compile(
                r"^(?:function|if|for|while|let|module|struct|mutable|begin|try|macro|quote|else|elseif|catch|finally)\b"
                r"|\bdo\b[^()]*$|\bbegin$"
            ),
            continuations=_words("else elseif catch finally"),
            ends=_words("end"),
        ),
        _SHELL,
        Language(
            name="powershell",
            line_comments=("#",),
            comments_need_blank=True,
            block_comments=(("<#", "#>"),),
            blocks=Blocks.BRACES,
            continuations=_words("else elseif catch finally"),
        ),
        Language(
            name="perl",
            line_comments=("#",),
            comments_need_blank=True,
            quotes='"',
            blocks=Blocks.BRACES,
            continuations=_words("else elsif"),
            has_code_brackets=False,
        ),
        Language(name="r", line_comments=("#",), blocks=Blocks.BRACES, continuations=_words("else")),
        Language(
            name="sql",
            line_comments=("--",),
            block_comments=_SLASH_STAR,
            blocks=Blocks.WORDS,
            opener=re.compile(r"\b(?:begin|then|else|loop|as|is)$", re.IGNORECASE),
            continuations=_words("else elsif ELSE ELSIF when WHEN exception EXCEPTION"),
            ends=_words("end END"),
        ),
        Language(
            name="haskell",
            line_comments=("--",),
            block_comments=(("{-", "-}"),),
            quotes='"',
            has_char_literals=True,
            blocks=Blocks.INDENT,
            opener=re.compile(r"(?:\b(?:where|do|of|let|then|else)|[=>])$"),
            continuations=_words("else then where"),
        ),
        Language(
            name="ocaml",
            block_comments=(("(*", "*)"),),
            quotes='"',
            has_char_literals=True,
            blocks=Blocks.INDENT,
            opener=re.compile(r"(?:\b(?:begin|then|else|in|struct|sig|with|do)|=|->)$"),
            continuations=_words("else and with |"),
            ends=_words("end done"),
        ),
        Language(
            name="fsharp",
            line_comments=_SLASHES,
            block_comments=(("(*", "*)"),),
            quotes='"',
            has_char_literals=True,
            long_strings=_TRIPLE_QUOTES,
            blocks=Blocks.INDENT,
            opener=re.compile(r"(?:\b(?:then|else|do|with|try)|=|->)$"),
            continuations=_words("else elif with finally |"),
        ),
        Language(
            name="vim",
            line_comments=('"',),
            comments_need_blank=True,
            quotes="'",
            blocks=Blocks.WORDS,
            opener=re.compile(r"^(?:function!?|def|if|else|elseif|for|while|try|catch|finally|augroup)\b"),
            continuations=_words("else elseif catch finally"),
            ends=_words("endif endfunction enddef endfor endwhile endtry"),
        ),
        Language(name="clojure", line_comments=(";",), quotes='"', blocks=Blocks.NONE),
        Language(name="nix", line_comments=("#",), quotes='"', long_strings=(("''", "''"),), blocks=Blocks.BRACES),
        Language(name="terraform", line_comments=("#", "//"), quotes='"', blocks=Blocks.BRACES),
        Language(
            name="makefile",
            line_comments=("#",),
            comments_need_blank=True,
            blocks=Blocks.INDENT,
            opener=re.compile(r"^[^\t#=]+:$"),
            continuations=_words("else"),
            ends=_words("endif endef"),
            has_code_brackets=False,
        ),
        Language(name="dockerfile", line_comments=("#",), comments_need_blank=True, has_code_brackets=False),
        _CSS,
        _HTML,
        replace(_HTML, name="xml"),
        _PROSE,
        replace(_PROSE, name="markdown"),
        replace(_PROSE, name="latex", line_comments=("%",)),
    )
}
"""By language id, the names that the LSP specification gives where it gives one."""

_SAME_AS: dict[str, str] = {
    other: name
    for name, others in {
        "c": "objc objective-c",
        "clojure": "lisp scheme fennel racket",
        "cpp": "cuda cuda-cpp objcpp objective-cpp",
        "csharp": "cs",
        "html": "astro eelixir eruby handlebars heex htmldjango jinja svelte vue",
        "ini": "dosini jproperties properties",
        "javascriptreact": "javascript.jsx tsx typescript.tsx typescriptreact",
        "json": "json5 jsonc",
        "latex": "bibtex plaintex tex",
        "makefile": "make",
        "markdown": "mdx quarto rmd",
        "plaintext": "asciidoc csv cucumber diff feature gherkin git-commit gitcommit help log mediawiki norg org "
        "restructuredtext robotframework rst text textile tsv typst",
        "powershell": "ps1",
        "proto": "protobuf",
        "scss": "less",
        "shellscript": "bash ksh sh zsh",
        "terraform": "hcl opentofu tf",
        "xml": "svg xsl",
    }.items()
    for other in others.split()
}
"""Other names that editors use, and languages whose lines look the same."""
