"""`tickertape compare`: what two sessions, or turns of them, differ in, and what first."""

import sys
from collections.abc import Iterator

from agent.conversation.run import Run, Step
from agent.figures import duration
from agent.formats.reports.comparison import comparison_object, step_figures
from agent.recordings.comparing.choosing import split_turns, turns_of
from agent.recordings.comparing.differences import Difference, TurnPair, compare
from agent.settings.settings import Settings
from tui.cli.parsing import EXIT_OK
from tui.cli.sessions.lists import print_json
from tui.cli.travel.recorded import read_recorded
from tui.cli.travel.tables import print_table
from tui.drawing.cells import flat

__all__ = ["print_comparison"]

_HEADINGS = ("", "TOKENS", "FIRST", "RATE", "TOOK")
_SHOWN = 200
"""Characters of what differs."""


def print_comparison(settings: Settings, left: str, right: str, *, as_object: bool) -> int:
    """Print what two recordings differ in; gives the exit code.

    Raises:
        UsageError: there is no such recording, or no such turn.
        TranscriptError: one cannot be read.
    """
    names, first, runs = ["", ""], 1, []
    for place, named in enumerate((left, right)):
        name, turns = split_turns(named)
        recording = read_recorded(settings, name)
        names[place] = recording.name if turns is None else f"{recording.name}@{turns}"
        runs.append(turns_of(recording, turns).runs)
        first = turns.first if turns is not None and place == 0 else first
    if as_object:
        print_json({"left": names[0], "right": names[1], **comparison_object(*runs, first=first)})
        return EXIT_OK
    pairs = list(compare(*runs, first=first))
    found = next((difference for pair in pairs for difference in pair.differences), None)
    print("no difference" if found is None else "\n".join(_told(found)))
    print()
    print_table(sys.stdout, _HEADINGS, [row for pair in pairs for row in _rows(pair)])
    return EXIT_OK


def _told(difference: Difference) -> Iterator[str]:
    where = f"turn {difference.turn}" + (f", step {difference.step}" if difference.step else "")
    of = f" of {flat(difference.name)}" if difference.name else ""
    yield f"first difference: {where}: {difference.kind}{of}"
    for side, text in (("left", difference.left), ("right", difference.right)):
        yield f"  {side:<6}{'(none)' if text is None else flat(text[:_SHOWN])}"


def _rows(pair: TurnPair) -> Iterator[tuple[str, ...]]:
    questions = dict.fromkeys(run.question for run in (pair.left, pair.right) if run is not None)
    yield (f"turn {pair.number}  {flat(' ≠ '.join(questions))}", "", "", "", "")
    for step in pair.steps:
        mark = "≠" if step.differences else "="
        for side, run, one in (("left", pair.left, step.left), ("right", pair.right, step.right)):
            if run is None or one is None:
                yield (f"  {mark} step {step.number} {side}: none", "", "", "", "")
            else:
                yield (f"  {mark} step {step.number} {side}: {_calls(one)}", *_figures(run, one))
                mark = " "


def _calls(step: Step) -> str:
    return ", ".join(
        f"{call.name} {flat(call.fragments.text)} → {flat(call.result or str(call.status))}" for call in step.calls
    )


def _figures(run: Run, step: Step) -> tuple[str, ...]:
    known = step_figures(run, step)
    first, rate, took = known["first_token_ms"], known["rate"], known["duration_ms"]
    return (
        f"{known['tokens']:,}",
        "" if first is None else duration(first),
        "" if rate is None else f"{rate:.0f}/s",
        "" if took is None else duration(took),
    )
