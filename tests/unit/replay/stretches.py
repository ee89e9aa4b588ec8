"""The stretches that the replay's own tests type: small files written for them."""

from pathlib import Path

from bench.replay.material import Material, material_of

FOLDER = Path(__file__).with_name("material")

LANGUAGES = {"orders.py": "python", "cart.ts": "typescript", "pool.go": "go"}


def stretch(name: str) -> Material:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return material_of(name, LANGUAGES[name], text, chars=700, start=0.25)


STRETCHES = [stretch(name) for name in LANGUAGES]
