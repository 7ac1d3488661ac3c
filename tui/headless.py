"""`tickertape ask`: one turn without the screen, from a question to an exit code."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TextIO, TypeVar

from agent.engine import Engine
from agent.errors import SessionLocked
from agent.events import APPROVAL, Custom, Event, RunError, RunErrorCode, RunFinished
from agent.run import Decision, Run
from agent.session import Session
from agent.settings import Settings
from agent.threads import in_thread
from agent.transcript import Sessions
from tui.printers import Format, make_printer
from tui.rendering.foreign import visible

__all__ = ["ask", "run_to_end"]

T = TypeVar("T")


def ask(
    settings: Settings,
    question: str,
    *,
    output_format: Format = "text",
    resume: Path | None = None,
    save: bool = True,
    approve_all: bool = False,
) -> int:
    """Answer one question on standard output and give the exit code.

    Raises:
        TranscriptError: the session to go on with cannot be read or is being written by another instance.
    """
    session = Session.open(resume) if resume else Session.new(Sessions(settings.data_dir) if save else None)
    if session.read_only:
        raise SessionLocked(f"{session.id} is being written by another instance; ask in a session of its own")
    try:
        end = run_to_end(_answer(Engine(settings), session, question, output_format, approve_all=approve_all))
    finally:
        session.close()
    for problem in session.problems:
        print(f"tickertape: {problem}", file=sys.stderr)
    if isinstance(end, RunError):
        print(f"tickertape: {visible(end.message)} ({end.code}; log: {settings.log_path})", file=sys.stderr)
        return 130 if end.code == RunErrorCode.CANCELLED else 1
    return 0


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on a loop of its own. What is left of a run that would not stop is not waited for."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(work)
    finally:
        asyncio.set_event_loop(None)


async def _answer(
    engine: Engine, session: Session, question: str, output_format: Format, *, approve_all: bool
) -> RunFinished | RunError:
    """Print the run's events and give its last one."""
    printer = make_printer(output_format, sys.stdout)
    loop = asyncio.get_running_loop()
    end: Event | None = None
    async with engine.start(question, session.conversation) as run, contextlib.AsyncExitStack() as stack:
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signal_number, run.cancel)
            stack.callback(loop.remove_signal_handler, signal_number)
        approvals = await stack.enter_async_context(asyncio.TaskGroup())
        async for event in session.record(run):
            session.conversation.apply(event)
            printer(event)
            if isinstance(event, Custom) and event.name == APPROVAL and event.value["state"] == "requested":
                approvals.create_task(_approve(run, session, event.value["toolCallId"], approve_all=approve_all))
            end = event
    assert isinstance(end, RunFinished | RunError)  # noqa: S101 - what a run promises
    return end


async def _approve(run: Run, session: Session, call_id: str, *, approve_all: bool) -> None:
    """Decide about a call: as the arguments say, else by asking at the terminal, else no."""
    if approve_all:
        run.decide(call_id, "session")
        return
    call = next(call for call in session.conversation.runs[-1].calls if call.id == call_id)
    question = f"Let {call.name} run with {call.fragments.text or '{}'}? [o]nce, this [s]ession, [N]o: "
    run.decide(call_id, await in_thread(_ask_terminal, visible(question)))


def _ask_terminal(question: str) -> Decision:
    """The user's answer; no where there is no terminal to ask at."""
    terminal: TextIO
    try:
        with open("/dev/tty", "r+", buffering=1, encoding="utf-8", errors="replace") as terminal:
            terminal.write(question)
            terminal.flush()
            answer = terminal.readline().strip().lower()
    except OSError:
        print("tickertape: a tool asks to run and there is no terminal to ask at; see --yes", file=sys.stderr)
        return "denied"
    decisions: dict[str, Decision] = {"o": "once", "once": "once", "y": "once", "s": "session", "session": "session"}
    return decisions.get(answer, "denied")
