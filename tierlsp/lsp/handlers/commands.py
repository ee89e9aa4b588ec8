"""`workspace/executeCommand`: the commands that a client can send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tierlsp.lsp.session import Session

if TYPE_CHECKING:
    from lsprotocol import types


def execute_command(session: Session, params: types.ExecuteCommandParams) -> Any:
    """Run one of `COMMANDS` and return what it returns."""
    from pygls.exceptions import JsonRpcInvalidParams

    handler = COMMANDS.get(params.command)
    if handler is None:
        raise JsonRpcInvalidParams(f"tierlsp has no command {params.command!r}")
    arguments = params.arguments or [None]
    return handler(session, arguments[0])


def accepted(session: Session, argument: Any) -> None:
    """Count a completion that the person took. The editor sends it by itself after inserting the text."""
    session.accepted += 1


def pause(session: Session, argument: Any) -> None:
    """Offer nothing and generate nothing until `tierlsp.resume`."""
    session.pause(True)


def resume(session: Session, argument: Any) -> None:
    """Offer completions again."""
    session.pause(False)


def doctor(session: Session, argument: Any) -> dict[str, Any]:
    """Return what this session has seen: the model's state, and what became of the requests."""
    return session.describe()


COMMANDS: Mapping[str, Callable[[Session, Any], Any]] = {
    "tierlsp.accepted": accepted,
    "tierlsp.doctor": doctor,
    "tierlsp.pause": pause,
    "tierlsp.resume": resume,
}
