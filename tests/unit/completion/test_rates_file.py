"""The file of the models' speeds: what was learnt outlives a restart, and nothing about the file does harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tierlsp.completion.rates import Rates
from tierlsp.completion.rates_file import FILE_NAME, MAX_BYTES, MAX_MODELS, RateFile, open_rate_file

MODEL = "http://127.0.0.1:11434 qwen2.5-coder:1.5b-base"
KNOWN = Rates(fixed_ms=12.5, prefill_tokens_per_s=480.25, token_ms=31.0, chars_per_token=3.25)
ENTRY = {"fixed_ms": 12.5, "prefill_tokens_per_s": 480.25, "token_ms": 31.0, "chars_per_token": 3.25}


def holding(tmp_path: Path, text: str | bytes) -> RateFile:
    """Return the file with `text` in it."""
    path = tmp_path / FILE_NAME
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return RateFile(path)


@pytest.mark.parametrize(
    "rates", [KNOWN, Rates(), Rates(fixed_ms=0.0), Rates(prefill_tokens_per_s=1e-9, chars_per_token=1e9)]
)
def test_what_was_saved_is_there_in_the_next_run(tmp_path: Path, rates: Rates) -> None:
    path = tmp_path / "state" / FILE_NAME
    first = RateFile(path)
    first.save(MODEL, rates)
    first.save("other", Rates(token_ms=1.0))
    first.flush()
    second = RateFile(path)
    assert second.load(MODEL) == rates
    assert second.load("other") == Rates(token_ms=1.0)
    assert second.load("unknown") is None


def test_what_is_saved_is_known_at_once_and_written_by_a_flush_only(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    file = RateFile(path)
    file.save(MODEL, KNOWN)
    assert file.load(MODEL) == KNOWN
    assert not path.exists()
    file.flush()
    assert json.loads(path.read_text(encoding="utf-8")) == {MODEL: ENTRY}


def test_a_flush_keeps_the_models_of_earlier_runs(tmp_path: Path) -> None:
    file = holding(tmp_path, json.dumps({"older": ENTRY}))
    file.save(MODEL, Rates(fixed_ms=1.0))
    file.flush()
    again = RateFile(tmp_path / FILE_NAME)
    assert again.load("older") == KNOWN
    assert again.load(MODEL) == Rates(fixed_ms=1.0)


def test_what_has_not_changed_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    file = RateFile(path)
    assert file.load(MODEL) is None
    file.flush()
    assert not path.exists()
    file.save(MODEL, KNOWN)
    file.flush()
    path.unlink()
    file.flush()
    assert not path.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        b"\xff\xfe\x00",
        json.dumps([{MODEL: ENTRY}]),
        json.dumps({MODEL: ENTRY})[:-1],
    ],
)
def test_a_broken_file_is_as_good_as_none(tmp_path: Path, text: str | bytes) -> None:
    file = holding(tmp_path, text)
    assert file.load(MODEL) is None
    file.save(MODEL, KNOWN)
    file.flush()
    assert RateFile(tmp_path / FILE_NAME).load(MODEL) == KNOWN


@pytest.mark.parametrize(
    "entry",
    [
        None,
        3,
        "fast",
        [1.0, 2.0],
        {"speed": 3.0},
        {**ENTRY, "more": 1.0},
        {**ENTRY, "fixed_ms": "12"},
        {**ENTRY, "token_ms": [1.0]},
        {**ENTRY, "chars_per_token": None},
        {**ENTRY, "chars_per_token": 0.0},
        {**ENTRY, "chars_per_token": -3.5},
        {"chars_per_token": 0.0},
        {"chars_per_token": -3.5},
        {**ENTRY, "prefill_tokens_per_s": 0.0},
        {**ENTRY, "prefill_tokens_per_s": -1.0},
        {**ENTRY, "fixed_ms": -10_000.0},
        {**ENTRY, "fixed_ms": float("nan")},
    ],
)
def test_a_broken_entry_is_left_out_and_the_others_are_kept(tmp_path: Path, entry: object) -> None:
    file = holding(tmp_path, json.dumps({"before": ENTRY, MODEL: entry, "behind": ENTRY}))
    assert file.load(MODEL) is None
    assert file.load("before") == file.load("behind") == KNOWN


def test_a_file_too_large_to_be_ours_is_not_taken(tmp_path: Path) -> None:
    text = json.dumps({MODEL: ENTRY})
    largest = " " * (MAX_BYTES - len(text)) + text
    assert holding(tmp_path, largest).load(MODEL) == KNOWN
    assert holding(tmp_path, " " + largest).load(MODEL) is None


def test_a_folder_that_cannot_be_made_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    file = RateFile(tmp_path / "state" / FILE_NAME)
    assert file.load(MODEL) is None
    file.save(MODEL, KNOWN)
    file.flush()
    assert file.load(MODEL) == KNOWN
    assert (tmp_path / "state").read_text(encoding="utf-8") == "a file"


def test_a_folder_in_the_place_of_the_file_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    file = RateFile(tmp_path / FILE_NAME)
    assert file.load(MODEL) is None
    file.save(MODEL, KNOWN)
    file.flush()
    assert file.load(MODEL) == KNOWN
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_without_a_place_everything_is_kept_for_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = RateFile(None)
    assert file.load(MODEL) is None
    file.save(MODEL, KNOWN)
    file.flush()
    assert file.load(MODEL) == KNOWN
    assert list(tmp_path.iterdir()) == []


def test_a_bounded_number_of_models_is_kept_the_ones_met_last(tmp_path: Path) -> None:
    file = RateFile(tmp_path / FILE_NAME)
    names = [f"http://127.0.0.1:11434 some-organisation/coder-{number}:7b-q4" for number in range(MAX_MODELS)]
    for name in names:
        file.save(name, KNOWN)
    assert file.load(names[0]) == KNOWN
    file.save(names[0], KNOWN)
    file.save("one more", KNOWN)
    file.flush()
    again = RateFile(tmp_path / FILE_NAME)
    kept = [name for name in [*names, "one more"] if again.load(name) is not None]
    assert kept == [names[0], *names[2:], "one more"]
    assert len(kept) == MAX_MODELS


def test_the_file_is_in_the_users_state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_, **__: tmp_path / "state")
    file = open_rate_file()
    file.save(MODEL, KNOWN)
    file.flush()
    assert (tmp_path / "state" / FILE_NAME).exists()
    assert open_rate_file().load(MODEL) == KNOWN


def test_without_a_home_nothing_is_written_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_, **__: Path("~/.state"))
    file = open_rate_file()
    file.save(MODEL, KNOWN)
    file.flush()
    assert open_rate_file().load(MODEL) is None
    assert list(tmp_path.iterdir()) == []
