"""`tierlsp usage --audit`: what left this machine."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from tierlsp.privacy.audit import AuditEntry, audit_file, read_audit
from tierlsp.settings.wording import clean

MOST_CHARS = 200
"""Of a path that is shown."""

NOTHING = "Nothing has left this machine{when}."


def print_audit(month: str, *, as_json: bool) -> int:
    """Print a line for each release of text, oldest first. `month` is empty for all of them.

    Raises:
        SettingsError: the record cannot be read.
    """
    read = read_audit(audit_file(), month=month)
    if as_json:
        print(json.dumps([asdict(entry) for entry in read.entries], indent=2))
    elif not read.entries:
        print(NOTHING.format(when=f" in {month}" if month else ""))
    for entry in () if as_json else read.entries:
        print(_line(entry))
    if read.broken_lines:
        print(f"tierlsp: {read.broken_lines} lines of {audit_file()} cannot be read.", file=sys.stderr)
    return 0


def _line(entry: AuditEntry) -> str:
    # Names come from a project, and a terminal obeys what a name may hold.
    files = ", ".join(clean(name, MOST_CHARS) for name in entry.files)
    more = entry.file_count - len(entry.files)
    hidden = f", {entry.redactions} secrets replaced" if entry.redactions else ""
    return (
        f"{entry.at}  {entry.host}  {entry.backend}/{entry.model}  {entry.chars:,} characters, about"
        f" {entry.tokens:,} tokens{hidden}  {files or 'no file'}{f' and {more} more' if more > 0 else ''}"
        f"  in {clean(entry.workspace, MOST_CHARS) or 'no workspace'}"
    )
