"""`tickertape ask`: one turn without the screen, from a question to an exit code."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from agent.conversation.decisions import Decision
from agent.errors import SessionLocked
from agent.events.types import APPROVAL, NOTICE, Custom, Event, RunError, RunErrorCode, RunFinished
from agent.runs.run import Run
from agent.settings.settings import Settings
from agent.sources.engine import Engine
from agent.text import visible
from agent.transcripts.folders import Sessions
from agent.transcripts.session import Session
from tui.cli.headless.approving import ask_terminal
from tui.cli.headless.printers import Format, Printer, choose_encoding, make_printer
from tui.process.loop import run_to_end
from tui.terminal.descriptors import own_output

__all__ = ["ask", "print_run"]

Schema = Callable[[str, str | None], dict[str, Any]]
"""Gives the JSON Schema of a call's arguments, or of the answer to a question, by tool and call."""


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
        TranscriptError: the session to go on with cannot be read or is open in another instance.
        UsageError: the model or the tools that were asked for cannot be had; nothing is saved of the question.
        OSError: standard output takes no more; the run was cancelled, and what it said is saved.
    """
    choose_encoding(output_format)
    with own_output() as out:
        return _ask(settings, question, out, output_format, resume=resume, save=save, approve_all=approve_all)


def _ask(
    settings: Settings,
    question: str,
    out: TextIO,
    output_format: Format,
    *,
    resume: Path | None,
    save: bool,
    approve_all: bool,
) -> int:
    session = Session.open(resume) if resume else Session.new(Sessions(settings.data_dir) if save else None)
    if session.read_only:
        raise SessionLocked(f"{session.id} is open in another instance; ask in a session of its own")
    printer = make_printer(output_format, out)
    try:
        end = run_to_end(_answer(Engine(settings), session, question, printer, approve_all=approve_all))
    finally:
        session.close()
        for problem in session.problems:
            print(f"tickertape: {problem}", file=sys.stderr)
    if isinstance(end, RunError):
        print(f"tickertape: {visible(end.message)} ({end.code}; log: {settings.log_path})", file=sys.stderr)
        return 130 if end.code == RunErrorCode.CANCELLED else 1
    return 0


async def _answer(
    engine: Engine, session: Session, question: str, printer: Printer, *, approve_all: bool
) -> RunFinished | RunError:
    """Print the run's events and give its last one."""
    await engine.load()  # before the run: what cannot be loaded is a matter of usage, not a turn that failed
    run = engine.start(question, session.conversation)
    return await print_run(run, session, printer, engine.schema, approve_all=approve_all)


async def print_run(
    run: Run, session: Session, printer: Callable[[Event], None], schema: Schema, *, approve_all: bool
) -> RunFinished | RunError:
    """Record a run that is not entered yet, print its events, and give its last one; a signal cancels it.

    `schema` tells what the answer to a question is to hold.

    Raises:
        OSError: standard output takes no more; the run was cancelled, and what it said is saved.
    """
    loop = asyncio.get_running_loop()
    end: Event | None = None
    refusal: OSError | None = None
    async with run, contextlib.AsyncExitStack() as stack:
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signal_number, run.cancel)
            stack.callback(loop.remove_signal_handler, signal_number)
        asked: asyncio.Queue[str] = asyncio.Queue()
        approver = loop.create_task(_approve(run, session, schema, asked, approve_all=approve_all))
        stack.callback(approver.cancel)
        async for event in session.record(run):
            session.conversation.apply(event)
            end = event
            if isinstance(event, Custom) and event.name == APPROVAL and event.value["state"] == "requested":
                asked.put_nowait(event.value["toolCallId"])
            elif isinstance(event, Custom) and event.name == NOTICE:  # what fails nothing, and yet is to be known
                print(f"tickertape: {visible(event.value['reason'])}", file=sys.stderr, flush=True)
            try:
                if refusal is None:
                    printer(event)
            except OSError as error:  # nobody reads any more, or the disk is full
                refusal = error
                run.cancel()
    if refusal is not None:
        raise refusal
    assert isinstance(end, RunFinished | RunError)  # noqa: S101 - what a run promises
    return end


async def _approve(run: Run, session: Session, schema: Schema, asked: asyncio.Queue[str], *, approve_all: bool) -> None:
    """Decide about the calls of `asked` until it is cancelled: as the arguments say, else by asking at the terminal."""
    while True:
        call_id = await asked.get()
        call = next(call for call in session.conversation.runs[-1].calls if call.id == call_id)
        decision = Decision("session")
        if not approve_all or call.is_question:  # a tool may be let run; an answer has to be somebody's
            decision = await ask_terminal(call, schema(call.name, call.id))
        run.decide(call_id, decision)
