"""`tickertape what-if`: a branch of a session in which something is otherwise, from a moment to an exit code."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal, TextIO

from agent.conversation.run import RunStatus
from agent.errors import UsageError
from agent.events.types import Event, RunError, RunErrorCode, RunFinished
from agent.formats.exports.json import run_as_object
from agent.formats.exports.words import answer_of, ending_of
from agent.library.naming import find_recorded
from agent.recordings.moments import position_of
from agent.recordings.what_if.patches import read_patches
from agent.recordings.what_if.plan import Plan
from agent.recordings.what_if.planning import plan_branch
from agent.settings.settings import Settings
from agent.sources.branching import Branch, start_branch
from agent.text import visible
from agent.transcripts.folders import Sessions
from tui.cli.headless.ask import print_run
from tui.cli.headless.printers import choose_encoding, make_printer
from tui.cli.parsing import EXIT_CANCELLED, EXIT_FAILED, EXIT_OK
from tui.cli.sessions.lists import lineage_object, print_json
from tui.cli.travel.recorded import read_recorded
from tui.process.loop import run_to_end
from tui.terminal.descriptors import own_output

__all__ = ["Format", "print_branch"]

Format = Literal["events", "text", "json"]


def print_branch(
    settings: Settings,
    named: str,
    *,
    at: str,
    patches: Sequence[str],
    live_tools: bool,
    output_format: Format,
    save: bool,
    approve_all: bool,
) -> int:
    """Go on from a moment of a recording with these patches, print what comes of it, and give the exit code.

    Raises:
        UsageError: there is no such recording or moment, or a patch is none or has nothing to work on there.
        TranscriptError: the recording cannot be read, or the branch not be written.
        OSError: standard output takes no more; what was said is saved.
    """
    choose_encoding(output_format)
    _check_rules(settings, approve_all=approve_all)
    read = read_patches(patches)
    recording = read_recorded(settings, named)
    session = find_recorded(settings.data_dir, named).stem
    plan = plan_branch(recording, position_of(at, recording), read, session=session, live_tools=live_tools)
    branch = start_branch(plan, settings, Sessions(settings.data_dir) if save else None)
    with own_output() as out:
        try:
            code = _print(branch, out, output_format, settings, approve_all=approve_all)
        finally:
            branch.session.close()
            for problem in branch.session.problems:
                print(f"tickertape: {problem}", file=sys.stderr)
        if output_format == "json":
            out.flush()
    if output_format == "json":
        print_json(_as_object(branch, plan))
    elif save:
        print(f"tickertape: saved as {branch.session.id}, {visible(plan.lineage.words)}", file=sys.stderr)
    return code


def _check_rules(settings: Settings, *, approve_all: bool) -> None:
    for problem in settings.problems:
        print(f"tickertape: {visible(str(problem))}", file=sys.stderr)
    if not settings.file.is_trusted and approve_all:
        raise UsageError(f"{settings.file.problems[0]}; its [permissions] may deny what --yes lets run")


def _print(branch: Branch, out: TextIO, output_format: Format, settings: Settings, *, approve_all: bool) -> int:
    if branch.run is None:
        return _print_told(branch, out, output_format)
    printer = make_printer(output_format, out) if output_format != "json" else _say_nothing
    end = run_to_end(_answered(branch, printer, approve_all=approve_all))
    if isinstance(end, RunError):
        print(f"tickertape: {visible(end.message)} ({end.code}; log: {settings.log_path})", file=sys.stderr)
        return EXIT_CANCELLED if end.code == RunErrorCode.CANCELLED else EXIT_FAILED
    return EXIT_OK


async def _answered(branch: Branch, printer: Callable[[Event], None], *, approve_all: bool) -> RunFinished | RunError:
    assert branch.run is not None and branch.engine is not None  # noqa: S101, PT018 - the caller looked
    await branch.engine.load()  # before the run: what cannot be loaded is a matter of usage
    return await print_run(branch.run, branch.session, printer, branch.engine.schema, approve_all=approve_all)


def _say_nothing(_event: Event) -> None:
    pass


def _print_told(branch: Branch, out: TextIO, output_format: Format) -> int:
    """A branch in which nothing was asked: it ends as its recording does."""
    runs = branch.session.conversation.runs
    if output_format == "events":
        for line in branch.told:
            out.write(line.decode() + "\n")
    elif output_format == "text" and runs and (answer := answer_of(runs[-1])):
        out.write(visible(answer) + "\n")
    if runs and runs[-1].status is RunStatus.ANSWERED:
        return EXIT_OK
    why = ending_of(runs[-1]) if runs else "nothing was asked in it"
    print(f"tickertape: as in the recording: {visible(why)}", file=sys.stderr)
    return EXIT_FAILED


def _as_object(branch: Branch, plan: Plan) -> dict[str, Any]:
    """The branch's session and where it comes from, and its last turn as `agent.formats.exports.json` tells it."""
    runs = branch.session.conversation.runs
    answered = Counter(call.answered_by for run in runs for call in run.calls if call.answered_by)
    return {
        "session": branch.session.id if branch.session.path is not None else None,
        "lineage": lineage_object(plan.lineage),
        "parent": plan.lineage.session,
        "asked": branch.run is not None,
        "answered_from_recording": answered["recording"],
        "turn": run_as_object(runs[-1]) if runs else None,
    }
