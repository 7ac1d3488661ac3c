"""A recording as one page of HTML that plays: what was said with its moments, and a small player, nothing else.

Its policy lets a browser run the one script and apply the one style that are in it, and load nothing. All that is
foreign stands in a block of JSON, which the player puts into the page as text, never as HTML. It says whether its times
are the recorded ones.
"""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec

from agent.conversation.items import Interrupt, Message, MessageKind, Reasoning, ToolCall
from agent.conversation.run import Run
from agent.formats.exports.html import page_head, page_title
from agent.formats.exports.words import decision_words, ending_of, interrupt_words, on_one_line
from agent.reading.pacing import UNASKED, Paced
from agent.recordings.recording import Recording
from agent.text import visible

__all__ = ["playing_page"]

_SPEEDS = ("0.25", "0.5", "1", "2", "4", "8", "16")
_FRAME = """\
<header>
<h1 dir="auto">{title}</h1>
<p class="told">{told}</p>
</header>
<main id="turns"></main>
<footer>
<button id="play" type="button">Play</button>
<div id="way"><div id="marks"></div><input id="track" type="range" min="0" step="any" value="0" aria-label="Time"></div>
<span id="time"></span>
<label>Speed <select id="speed">{speeds}</select></label>
</footer>
<noscript><p class="told">This page plays by a script of its own, which is turned off.</p></noscript>
"""


def playing_page(
    recording: Recording, *, title: str = "", idle_limit: float | None = None, paced: Paced = UNASKED
) -> Iterator[str]:
    """The page, in pieces; `idle_limit` is the longest pause, in seconds, None leaves all as they are."""
    folder = Path(__file__).parent
    style, script = ((folder / name).read_text(encoding="utf-8") for name in ("player.css", "player.js"))
    runs = recording.runs
    named = title or (runs[0].question if runs else "")
    shown = page_title(named)
    yield page_head(shown, style=style, script=script)
    yield _FRAME.format(
        title=shown,
        told=escape(_told(recording, idle_limit, paced)),
        speeds="".join(f"<option{' selected' if one == '1' else ''}>{one}</option>" for one in _SPEEDS),
    )
    # Nothing in it can end the block: `<` is written as JSON may write it.
    data = msgspec.json.encode(_data(recording, runs, idle_limit, paced)).decode().replace("<", "\\u003c")
    yield f'<script id="recording" type="application/json">{data}</script>\n'
    yield f"<script>{script}</script>\n</body>\n</html>\n"


def _told(recording: Recording, idle_limit: float | None, paced: Paced) -> str:
    """What its times are worth."""
    origin = recording.origin
    if not recording.is_dated:
        times = f"The recording does not say when anything happened: {paced.words_shown}."
    elif origin or paced.is_asked:
        asked = paced.words_shown if paced.is_asked else ""
        times = f"Times: {', '.join(filter(None, (origin, asked)))}."
    else:
        times = "In the recorded time."
    limited = "" if idle_limit is None else f" Pauses longer than {idle_limit:g} s are shortened to that."
    return f"{times}{limited}"


def _data(recording: Recording, runs: list[Run], idle_limit: float | None, paced: Paced) -> dict[str, Any]:
    times = recording.played(None if idle_limit is None else idle_limit * 1000, paced)
    begun = recording.events.moment(0) if len(recording) else 0.0

    def at(moment: float) -> float:
        """Milliseconds from the start of the playing."""
        return round(max(times.from_recorded(moment - begun), 0.0), 1)

    length = times.times[-1] if len(times.times) else 0.0
    marks = [(at(run.started), on_one_line(run.question, 80) or "turn", "turn") for run in runs]
    marks += [(at(call.started), on_one_line(call.name, 80), "call") for run in runs for call in run.calls]
    return {"length": length, "marks": sorted(marks), "turns": [_turn(run, at) for run in runs]}


def _turn(run: Run, at: Callable[[float], float]) -> dict[str, Any]:
    return {
        "question": visible(run.question) or "(no question)",
        "at": at(run.started),
        "end": None if run.ended is None else at(run.ended),
        "status": str(run.status),
        "ending": ending_of(run),
        # Of the answer that is decoded from a call's argument the text is shown, and the call beside it.
        "items": [_item(item, at) for item in run.items],
    }


def _item(item: Message | Reasoning | ToolCall | Interrupt, at: Callable[[float], float]) -> dict[str, Any]:
    if isinstance(item, Interrupt):
        words = " ".join(filter(None, interrupt_words(item)))
        return {
            "kind": "note",
            "name": "asks",
            "at": at(item.started),
            "times": [at(item.started)],
            "pieces": [visible(words)],
        }
    told: dict[str, Any] = {
        "kind": "reasoning" if isinstance(item, Reasoning) else "text",
        "name": "",
        "at": at(item.started),
        "times": [at(time) for time in item.fragments.times],
        "pieces": _visible_pieces(item.fragments.pieces),
    }
    if isinstance(item, Reasoning):
        told["name"] = on_one_line(item.title or "reasoning")
    elif isinstance(item, Message):
        told["name"] = on_one_line(item.name or "") or ("" if item.kind is MessageKind.ANSWER else str(item.kind))
    else:
        told |= _call(item, at)
    return told


def _visible_pieces(pieces: Sequence[str]) -> list[str]:
    """Each as it can be shown; a line end may be cut in two by them."""
    ends = zip_longest(pieces, pieces[1:], fillvalue="")
    return [visible(piece[:-1] if piece.endswith("\r") and after[:1] == "\n" else piece) for piece, after in ends]


def _call(call: ToolCall, at: Callable[[float], float]) -> dict[str, Any]:
    decided, _arguments = decision_words(call)
    steps = [
        (call.asked, f"waits for you{f', at {on_one_line(call.stopped_at)}' if call.stopped_at else ''}"),
        (call.decided, decided),
        (call.tool_started, "runs"),
        (call.ended, str(call.status)),
    ]
    return {
        "kind": "call",
        "name": on_one_line(call.name),
        "states": [[at(moment), words] for moment, words in steps if moment is not None],
        "end": None if call.ended is None else at(call.ended),
        "result": None if call.result is None else visible(call.result),
        "failed": str(call.status) == "failed",
    }
