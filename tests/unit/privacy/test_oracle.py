"""What detect-secrets, another finder of secrets, finds in our corpus, we find, or the reason is written down."""

import logging
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.privacy import planting
from tierlsp.privacy.redact import SecretReader
from tierlsp.privacy.rules import load_rules

LEFT_TO_IT = {
    "Base64 High Entropy String": "any quoted string that looks random counts: integrity sums, images",
    "Hex High Entropy String": "the same for hexadecimal: commits, checksums, colours",
    "Secret Keyword": "it takes any word beside a telling name, fillers and names of settings included",
    "Public IP (ipv4)": "an address is no secret",
    "Azure Storage Account access key": "the same value is found by its name; it counts the closing quotes",
}
"""Finders of detect-secrets that go further than ours, each with why ours does not."""


NOT_OURS = {
    'secret = "correct-horse-9-battery"': "words with joints are mostly names of settings, seldom a password",
}
"""What only it finds, each with why we do not."""


def corpus() -> Iterator[tuple[str, str]]:
    """Yield (line, secret) for every kind in every place of one line."""
    dice = random.Random(31)
    for draw in planting.KINDS.values():
        for wrapping in planting.BARE_WRAPPINGS.values():
            secret = draw(dice)
            yield wrapping.format(secret=secret), secret
    for name, draw in planting.NAMED_KINDS.values():
        for wrapping in planting.WRAPPINGS.values():
            secret = draw(dice)
            yield wrapping.format(name=name, secret=secret), secret
    for wrapping, draw in planting.OTHERS.values():
        secret = draw(dice)
        yield wrapping.format(secret=secret), secret
    for text in ('password = "hunter2"', *NOT_OURS, 'pwd: "Summer2024!"'):
        yield text, text.split('"')[1]


def found_by_oracle(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield (line number, finder, secret) of what detect-secrets finds in the file at `path`."""
    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import default_settings

    with default_settings():
        for secret in scan_file(str(path)):
            yield secret.line_number, secret.type, secret.secret_value or ""


@pytest.mark.filterwarnings("ignore")
def test_what_the_oracle_finds_in_the_corpus_is_found(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("detect_secrets")
    caplog.set_level(logging.CRITICAL)
    lines = [(text.replace("\n", " "), secret) for text, secret in corpus()]
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(text for text, _ in lines), encoding="utf-8")
    reader = SecretReader(load_rules(), rest=lambda: None)
    missed = []
    count = 0
    for number, finder, value in found_by_oracle(path):
        count += 1
        text, planted = lines[number - 1]
        ours = reader.secrets_in(text)
        is_hidden = any(value in secret or secret in value for secret in ours)
        if not is_hidden and (finder not in LEFT_TO_IT or planted in value):
            missed.append((finder, text))
    assert count > len(lines) * 0.3, "the oracle did not work"
    assert [text for _, text in missed] == list(NOT_OURS)


def test_we_find_more_than_the_oracle_does(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It finds a good half, and that is why there are rules of our own."""
    pytest.importorskip("detect_secrets")
    caplog.set_level(logging.CRITICAL)
    lines = [(text.replace("\n", " "), secret) for text, secret in corpus()]
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(text for text, _ in lines), encoding="utf-8")
    reader = SecretReader(load_rules(), rest=lambda: None)
    theirs = {number for number, _, _ in found_by_oracle(path)}
    ours = {number for number, (text, _) in enumerate(lines, 1) if reader.secrets_in(text)}
    assert len(ours) >= 0.995 * len(lines)
    assert len(theirs) < len(ours)
