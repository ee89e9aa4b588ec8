"""The objects of a repository: read by name from its own folder, unpacked within bounds, and checked.

dulwich reads the formats. What it would do without a bound is bounded here first: an object says its length before it
is unpacked, and a delta the length of what it makes.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from tierlsp.errors import RepositoryError
from tierlsp.repository.bounds import Bounds, guarded
from tierlsp.text.disk import open_plain, read_plain

if TYPE_CHECKING:
    from dulwich.pack import PackIndex

MOST_OBJECT_BYTES = 16_000_000
"""Of one object, and of each that it is made from. A directory of 100,000 files is 4 MB."""

MOST_PACKS = 2_000
"""Of a repository; `git gc` leaves one."""

MOST_PACK_BYTES = 1 << 40
"""Of a pack: it is mapped, not read."""

MOST_DELTAS = 4_096
"""In a row: the most that git makes (`pack.depth`)."""

_KINDS = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_OFFSET_DELTA, _NAMED_DELTA = 6, 7


class ObjectMissing(RepositoryError):
    """An object is not in the repository's own folder."""


class ObjectTooLarge(RepositoryError):
    """An object is larger than anything that is looked at."""


@dataclass(slots=True)
class _Pack:
    """One pack, mapped."""

    index: PackIndex
    data: mmap.mmap


class Objects:
    """The objects of one repository. Used in one thread, and closed at its end."""

    def __init__(self, directory: Path, bounds: Bounds) -> None:
        """Take the `objects` folder of the repository, a real path."""
        self._directory = directory
        self._bounds = bounds
        self._packs: list[_Pack] | None = None

    def __enter__(self) -> Objects:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pack in self._packs or ():
            pack.index.close()
            # After an error the library's view of it is still in the traceback, and goes with that.
            with suppress(BufferError):
                pack.data.close()
        self._packs = None

    def read(self, name: str, kind: str) -> bytes:
        """Return the bytes of the object with a hexadecimal name.

        Args:
            name: 40 hexadecimal digits.
            kind: commit, tree, blob or tag.

        Raises:
            ObjectMissing: it is not there.
            ObjectTooLarge: it is too large.
            RepositoryError: it is broken, or the bounds are reached.
        """
        with guarded(f"the object {name[:12]}"):
            found = self._loose(name) or self._packed(name)
        if found is None:
            raise ObjectMissing(self._why_missing(name))
        what, data = found
        if what != kind.encode() or _name_of(what, data) != name:
            raise RepositoryError(f"the object {name[:12]} of the repository is broken; run `git fsck`")
        return data

    def _why_missing(self, name: str) -> str:
        alternates = self._directory / "info" / "alternates"
        if os.path.lexists(alternates):
            return f"the object {name[:12]} is borrowed from another repository, which is not read; run `git repack -a`"
        return f"the object {name[:12]} is not in the repository; `git fetch` may bring it"

    def _loose(self, name: str) -> tuple[bytes, bytes] | None:
        """Return kind and bytes of an object that has a file of its own."""
        path = self._directory / name[:2] / name[2:]
        if not self._is_here(path):
            return None
        raw = read_plain(path, MOST_OBJECT_BYTES)
        if raw is None:
            return None
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(raw, MOST_OBJECT_BYTES + 32)
        self._bounds.spend(len(data))
        head, _, body = data.partition(b"\0")
        kind, _, length = head.partition(b" ")
        if int(length) > MOST_OBJECT_BYTES:
            raise ObjectTooLarge(f"the object {name[:12]} is too large")
        return kind, body

    def _packed(self, name: str) -> tuple[bytes, bytes] | None:
        """Return kind and bytes of an object that is in a pack."""
        if self._packs is None:
            self._packs = []
            for pack in self._opened():
                self._packs.append(pack)
        for pack in self._packs:
            offset = _offset_in(pack, name.encode())
            if offset is not None:
                return self._unpacked(pack, offset, name)
        return None

    def _opened(self) -> Iterator[_Pack]:
        """Yield the packs that there are, mapped."""
        directory = self._directory / "pack"
        try:
            names = sorted(each.name for each in directory.iterdir())
        except OSError:
            return
        for name in [each for each in names if each.endswith(".idx")][:MOST_PACKS]:
            path = directory / name
            if not self._is_here(path):
                continue
            yield from _mapped(path)

    def _unpacked(self, pack: _Pack, offset: int, name: str) -> tuple[bytes, bytes]:
        """Return kind and bytes of what stands at a place of a pack, made from what it builds on."""
        from dulwich.object_format import SHA1
        from dulwich.objects import RawObjectID
        from dulwich.pack import apply_delta, unpack_object_at

        deltas: list[bytes] = []
        while True:
            if len(deltas) > MOST_DELTAS or _declared_bytes(pack.data, offset) > MOST_OBJECT_BYTES:
                raise ObjectTooLarge(f"the object {name[:12]} is too large")
            entry, _ = unpack_object_at(pack.data, offset, SHA1.hash_func)
            data = b"".join(entry.decomp_chunks)
            self._bounds.spend(len(data))
            if entry.pack_type_num in _KINDS:
                break
            deltas.append(data)
            base = entry.delta_base
            if entry.pack_type_num == _OFFSET_DELTA and isinstance(base, int):
                offset -= base
            elif entry.pack_type_num == _NAMED_DELTA and isinstance(base, bytes):
                offset = pack.index.object_offset(RawObjectID(base))
        for delta in reversed(deltas):
            if _made_bytes(delta) > MOST_OBJECT_BYTES:
                raise ObjectTooLarge(f"the object {name[:12]} is too large")
            data = b"".join(apply_delta(data, delta))
            self._bounds.spend(len(data))
        return _KINDS[entry.pack_type_num], data

    def _is_here(self, path: Path) -> bool:
        """Whether a path really lies in the repository's folder of objects."""
        return os.path.realpath(path) == str(path)


def _mapped(path: Path) -> Iterator[_Pack]:
    """Yield the pack with the index at `path`, mapped; nothing where it is not whole."""
    from dulwich.object_format import SHA1
    from dulwich.pack import load_pack_index_file

    with ExitStack() as opened:
        files = [open_plain(each, MOST_PACK_BYTES) for each in (path.with_suffix(".pack"), path)]
        for each in files:
            if each is not None:
                opened.enter_context(each)
        data, index = files
        if data is None or index is None:
            return
        mapped = opened.enter_context(mmap.mmap(data.fileno(), 0, access=mmap.ACCESS_READ))
        found = _Pack(load_pack_index_file(path, index, SHA1), mapped)
        # From here on they are the pack's, and closed with it.
        opened.pop_all()
        data.close()
    yield found


def _offset_in(pack: _Pack, name: bytes) -> int | None:
    """Return where an object stands in a pack; `None` if it does not."""
    from dulwich.objects import ObjectID

    try:
        return pack.index.object_offset(ObjectID(name))
    except KeyError:
        return None


def _name_of(kind: bytes, data: bytes) -> str:
    """Return the name that an object of these bytes has."""
    head = b"%s %d\0" % (kind, len(data))
    return hashlib.sha1(head + data, usedforsecurity=False).hexdigest()


def _declared_bytes(pack: mmap.mmap, offset: int) -> int:
    """Return how long the entry at a place of a pack says that it is, unpacked.

    The numbers of an entry's head, its length and what it builds on, have at most ten bytes each; dulwich would read
    on for as long as they go on.
    """
    if offset < 0:
        raise RepositoryError("a pack of the repository is broken; run `git fsck`")
    head = pack[offset : offset + 20]
    ends = [at for at, byte in enumerate(head) if byte < 0x80]
    if not ends or ends[0] > 9 or (head[0] >> 4 & 7 == _OFFSET_DELTA and (len(ends) < 2 or ends[1] > ends[0] + 10)):
        raise RepositoryError("a pack of the repository is broken; run `git fsck`")
    length = head[0] & 0x0F
    for at in range(1, ends[0] + 1):
        length |= (head[at] & 0x7F) << (4 + 7 * (at - 1))
    return length


def _made_bytes(delta: bytes) -> int:
    """Return how long the text is that a delta says it makes."""
    at = 0
    length = 0
    for _ in range(2):
        length = shift = 0
        while True:
            byte = delta[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift > 70:
                raise RepositoryError("a pack of the repository is broken; run `git fsck`")
    return length
