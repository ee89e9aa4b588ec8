"""The families of models that can fill in the middle: their special tokens, and how to tell them by name.

A family is data. How a prompt is laid out with its tokens is decided in `completion`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Order(StrEnum):
    """Which side of the cursor comes first in a prompt."""

    PREFIX_FIRST = "prefix-first"
    SUFFIX_FIRST = "suffix-first"
    """The model's cache survives a key press, since what is typed stands at the prompt's end."""


@dataclass(frozen=True, slots=True)
class Family:
    """Models that share a tokeniser and a way of filling in the middle."""

    name: str
    pattern: str
    """A regular expression, searched in a model's name as `plain_name` gives it."""
    prefix_token: str
    """Stands before the text left of the cursor."""
    suffix_token: str
    """Stands before the text right of the cursor."""
    middle_token: str
    """Ends the prompt; empty where the prompt ends with the prefix."""
    order: Order
    stop: tuple[str, ...]
    """Texts at which a generation is over.

    Most are tokens at which the server stops by itself; as text they matter where a model's file was made
    without marking them as special."""
    special_tokens: tuple[str, ...]
    """Tokens that are broken in a person's text, which they would cut in two, and cut from an answer."""
    tags_too: tuple[str, ...] = ()
    """Special tokens that people write as well, such as HTML tags: kept out of prompts, not cut from an answer."""

    @property
    def neutralised(self) -> tuple[str, ...]:
        """Everything that `neutralise` breaks."""
        return self.special_tokens + self.tags_too


_QWEN_FIM = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
_QWEN_SPECIAL = (
    *_QWEN_FIM,
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
)
_STARCODER_SPECIAL = (
    "<fim_prefix>",
    "<fim_suffix>",
    "<fim_middle>",
    "<fim_pad>",
    "<repo_name>",
    "<file_sep>",
    "<|endoftext|>",
)
_DEEPSEEK_SPECIAL = (
    "<｜fim▁begin｜>",
    "<｜fim▁hole｜>",
    "<｜fim▁end｜>",
    "<｜begin▁of▁sentence｜>",
    "<｜end▁of▁sentence｜>",
    "<|EOT|>",
)
_GEMMA_SPECIAL = (
    *_QWEN_FIM,
    "<|file_separator|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<bos>",
    "<eos>",
)
_GRANITE_SPECIAL = (
    *_QWEN_FIM,
    "<|fim_pad|>",
    "<|end_of_text|>",
    "<|start_of_role|>",
    "<|end_of_role|>",
)
_MISTRAL_SPECIAL = (
    "[PREFIX]",
    "[SUFFIX]",
    "[MIDDLE]",
    "[INST]",
    "[/INST]",
    "[TOOL_CALLS]",
    "[AVAILABLE_TOOLS]",
    "[/AVAILABLE_TOOLS]",
    "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]",
)
_LLAMA_TAGS = ("<s>", "</s>")

FAMILIES = (
    Family(
        name="codestral",
        # Codestral Mamba and Devstral have another tokeniser and no fill-in-the-middle.
        pattern=r"codestral(?!-?mamba)(?<!mamba-codestral)",
        prefix_token="[PREFIX]",
        suffix_token="[SUFFIX]",
        middle_token="",
        order=Order.SUFFIX_FIRST,
        # The last one begins the header of another file.
        stop=("[PREFIX]", "[SUFFIX]", "\n+++++ "),
        special_tokens=_MISTRAL_SPECIAL,
        tags_too=_LLAMA_TAGS,
    ),
    Family(
        name="qwen-coder",
        # `qwen3` and `qwen2.5` without `coder` have the tokens, but were trained to chat.
        pattern=r"(?<!code)qwen-?[0-9.]*-?coder",
        prefix_token="<|fim_prefix|>",
        suffix_token="<|fim_suffix|>",
        middle_token="<|fim_middle|>",
        order=Order.PREFIX_FIRST,
        stop=_QWEN_SPECIAL,
        special_tokens=_QWEN_SPECIAL,
    ),
    Family(
        name="deepseek-coder",
        pattern=r"deepseek-coder",
        prefix_token="<｜fim▁begin｜>",
        suffix_token="<｜fim▁hole｜>",
        middle_token="<｜fim▁end｜>",
        order=Order.PREFIX_FIRST,
        # `//`, which others stop at, is in every URL and in half of all comments.
        stop=_DEEPSEEK_SPECIAL,
        special_tokens=_DEEPSEEK_SPECIAL,
    ),
    Family(
        name="starcoder",
        pattern=r"starcoder|stable-?code(?!-instruct)|codeqwen|granite-?[0-9b]*-code",
        prefix_token="<fim_prefix>",
        suffix_token="<fim_suffix>",
        middle_token="<fim_middle>",
        order=Order.PREFIX_FIRST,
        stop=_STARCODER_SPECIAL,
        special_tokens=_STARCODER_SPECIAL,
        # The first StarCoder's headers; every other usage text has a `<filename>`.
        tags_too=("<filename>", "<reponame>", "<gh_stars>"),
    ),
    Family(
        name="codellama",
        # The sizes 34B, and everything tuned for Python alone, were not trained to fill in.
        pattern=r"code-?llama(?!.*(?:34b|python))",
        # The blanks belong to the format.
        prefix_token="<PRE> ",
        suffix_token=" <SUF>",
        middle_token=" <MID>",
        order=Order.PREFIX_FIRST,
        stop=("<EOT>", "<PRE>", "<SUF>", "<MID>"),
        special_tokens=("<EOT>", "<PRE>", "<SUF>", "<MID>"),
        tags_too=_LLAMA_TAGS,
    ),
    Family(
        name="codegemma",
        pattern=r"codegemma",
        prefix_token="<|fim_prefix|>",
        suffix_token="<|fim_suffix|>",
        middle_token="<|fim_middle|>",
        order=Order.PREFIX_FIRST,
        stop=_GEMMA_SPECIAL,
        special_tokens=_GEMMA_SPECIAL,
    ),
    Family(
        name="granite",
        # Older ones either chat only, or are `granite-code` above.
        pattern=r"granite-?(?:3\.3|4)(?!.*(?:embedding|guardian|vision|speech))",
        prefix_token="<|fim_prefix|>",
        suffix_token="<|fim_suffix|>",
        middle_token="<|fim_middle|>",
        order=Order.PREFIX_FIRST,
        stop=_GRANITE_SPECIAL,
        special_tokens=_GRANITE_SPECIAL,
    ),
    Family(
        name="seed-coder",
        pattern=r"seed-?coder",
        prefix_token="<[fim-prefix]>",
        suffix_token="<[fim-suffix]>",
        middle_token="<[fim-middle]>",
        # Trained suffix first only (Seed-Coder report, arXiv 2506.03524).
        order=Order.SUFFIX_FIRST,
        stop=("<[end▁of▁sentence]>", "<[fim-prefix]>", "<[fim-suffix]>", "<[fim-middle]>"),
        special_tokens=(
            "<[fim-prefix]>",
            "<[fim-suffix]>",
            "<[fim-middle]>",
            "<[begin▁of▁sentence]>",
            "<[end▁of▁sentence]>",
        ),
    ),
)
"""All of them. The patterns do not overlap; of families with the same tokens, the commonest stands first."""


def family_of(model_name: str) -> Family | None:
    """Return the family that a model's name tells, or `None`.

    Names of Ollama (`qwen2.5-coder:7b-base-q4_K_M`, `hf.co/bartowski/Codestral-22B-v0.1-GGUF:Q4_K_M`),
    paths of files, and the family's own name are all understood, in any case.
    """
    name = plain_name(model_name)
    for family in FAMILIES:
        if name == family.name or re.search(family.pattern, name):
            return family
    return None


def family_of_template(template: str) -> Family | None:
    """Return the family whose tokens stand in a template, or `None`.

    For models with a name of the person's own. Of families with the same tokens for filling in, it is the
    one of which most other tokens are there.
    """
    fitting = [family for family in FAMILIES if all(token in template for token in _fim_tokens(family))]
    return max(
        fitting,
        key=lambda family: sum(token in template for token in family.special_tokens),
        default=None,
    )


def plain_name(model_name: str) -> str:
    """Return the last part of a model's name, in lower case, with `-` for the other separators between words.

    What stands before the last slash, a registry, an owner or a folder, says nothing about the model.
    """
    last = re.split(r"[/\\]", model_name.strip().rstrip("/\\"))[-1].lower()
    return re.sub(r"[_\s]+", "-", last.removesuffix(".gguf"))


def all_special_tokens() -> tuple[str, ...]:
    """Return the special tokens of every family, the longest first, each once."""
    tokens = {token for family in FAMILIES for token in family.special_tokens}
    return tuple(sorted(tokens, key=lambda token: (-len(token), token)))


def neutralise(text: str, family: Family) -> str:
    """Return `text` with the family's special tokens broken, so that the tokeniser reads them as plain text.

    A person's file may hold them, by chance or by intent; in a prompt they would end the file, or begin
    another. The case of the token's first letter is changed: `<|fim_prefix|>` becomes `<|Fim_prefix|>`.
    Nothing invisible is put in, the length stays the same, and tokenisers compare case.
    """
    return _special_pattern(family).sub(lambda match: _broken(match.group()), text)


def _fim_tokens(family: Family) -> list[str]:
    return [token.strip() for token in (family.prefix_token, family.suffix_token, family.middle_token)]


def _broken(token: str) -> str:
    at = next(index for index, char in enumerate(token) if char.isalpha())
    return token[:at] + token[at].swapcase() + token[at + 1 :]


@cache
def _special_pattern(family: Family) -> re.Pattern[str]:
    """Return the pattern that finds all that is to be broken. There are as many as families."""
    return re.compile("|".join(re.escape(token) for token in family.neutralised))
