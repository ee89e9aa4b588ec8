"""Draw `icon.png`: three tiers, and the cursor before them.

Run it with `python editors/vscode/scripts/icon.py`.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

SIZE, FINE = 256, 4
GROUND, CURSOR = (24, 28, 44), (240, 244, 255)
TIERS = ((88, 214, 141), (86, 156, 255), (187, 134, 252))


def _inside(x: float, y: float, box: tuple[float, float, float, float], radius: float) -> bool:
    left, top, right, bottom = box
    dx = max(left + radius - x, 0.0, x - (right - radius))
    dy = max(top + radius - y, 0.0, y - (bottom - radius))
    return left <= x <= right and top <= y <= bottom and dx * dx + dy * dy <= radius * radius


SHAPES = [
    ((0, 0, 256, 256), 48, GROUND),
    ((40, 48, 52, 208), 6, CURSOR),
    ((76, 160, 148, 200), 14, TIERS[0]),
    ((76, 108, 184, 148), 14, TIERS[1]),
    ((76, 56, 220, 96), 14, TIERS[2]),
]


def _pixel(x: int, y: int) -> bytes:
    total, seen = [0, 0, 0], 0
    for i in range(FINE * FINE):
        fx, fy = x + (i % FINE + 0.5) / FINE, y + (i // FINE + 0.5) / FINE
        colour = next((c for box, radius, c in reversed(SHAPES) if _inside(fx, fy, box, radius)), None)
        if colour is not None:
            seen += 1
            total = [a + b for a, b in zip(total, colour, strict=True)]
    return bytes([*(value // max(seen, 1) for value in total), 255 * seen // (FINE * FINE)])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    rows = b"".join(b"\0" + b"".join(_pixel(x, y) for x in range(SIZE)) for y in range(SIZE))
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    data = _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    (Path(__file__).parents[1] / "icon.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
