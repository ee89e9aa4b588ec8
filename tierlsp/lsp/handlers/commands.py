"""`workspace/executeCommand`: the commands that a client can send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from tierlsp.lsp.description import describe
from tierlsp.lsp.documents import BadParams
from tierlsp.lsp.later import Later
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
    try:
        return handler(session, arguments[0])
    except BadParams as error:
        raise JsonRpcInvalidParams(str(error)) from error


def accepted(session: Session, argument: Any) -> None:
    """Count a completion that the person took. The editor sends it by itself after inserting the text."""
    model = argument.get("model") if isinstance(argument, dict) else None
    session.accepted[model if isinstance(model, str) else ""] += 1


def pause(session: Session, argument: Any) -> None:
    """Offer nothing and generate nothing until `tierlsp.resume`."""
    session.pause(True)


def resume(session: Session, argument: Any) -> None:
    """Offer completions again."""
    session.pause(False)


def doctor(session: Session, argument: Any) -> dict[str, Any]:
    """Return what this session has seen: the model's state, and what became of the requests."""
    return describe(session)


def run(session: Session, argument: Any) -> dict[str, Any]:
    """Begin an action and return its identifier at once; the end is told of later."""
    return session.actions.start(argument)


def apply(session: Session, argument: Any) -> Later:
    """Apply changes that a run has shown and that wait for a yes."""
    return _later(session.actions.handover.apply(argument))


def cancel(session: Session, argument: Any) -> dict[str, Any]:
    """End one run, or all."""
    return session.actions.cancel(argument)


def usage(session: Session, argument: Any) -> Later:
    """Return what a month cost, as `tierlsp usage --json` prints it."""
    return _later(session.actions.usage(argument))


def explain_route(session: Session, argument: Any) -> Later:
    """Return who would do an action, why, and at what price."""
    return _later(session.actions.explain_route(argument))


def consent(session: Session, argument: Any) -> Later:
    """Keep whether a workspace may use cloud models."""
    return _later(session.actions.consent(argument))


def dismiss_finding(session: Session, argument: Any) -> Later:
    """Take a finding of a review away, and never show it again on that code."""
    return _later(session.actions.dismiss_finding(argument))


def _later(work: Coroutine[Any, Any, Any]) -> Later:
    return Later(asyncio.get_running_loop().create_task(work), lambda result: result)


COMMANDS: Mapping[str, Callable[[Session, Any], Any]] = {
    "tierlsp.accepted": accepted,
    "tierlsp.apply": apply,
    "tierlsp.cancel": cancel,
    "tierlsp.consent": consent,
    "tierlsp.dismissFinding": dismiss_finding,
    "tierlsp.doctor": doctor,
    "tierlsp.explainRoute": explain_route,
    "tierlsp.pause": pause,
    "tierlsp.resume": resume,
    "tierlsp.run": run,
    "tierlsp.usage": usage,
}
