"""The signs that stand for a state, once for terminals with Unicode and once in ASCII; and how moments are written.

Owns no colour: a sign is never the only thing that tells a state, and neither is a colour.
"""

from dataclasses import dataclass, replace

__all__ = ["ASCII", "UNICODE", "Glyphs", "glyphs_for"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Glyphs:
    """One set of signs; each is one cell wide."""

    done: str
    failed: str
    stopped: str
    """Cut short or cancelled."""
    waiting: str
    """Waits for the user."""
    pending: str
    """Complete, not begun."""
    live: str
    problem: str
    """Something is wrong with a file."""
    folded: str
    unfolded: str
    cursor: str
    """The end of text that is still being written."""
    result: str
    """Before a tool's result."""
    bar: str
    """The margin of a quote or of the chosen message."""
    moment: str
    """Where a moment is, across what happens at it."""
    tick: str
    """Where on a scale the moment is that stands behind it."""
    rule: str
    bullet: str
    wrapped: str
    """Before the rest of a line of code that had to be cut."""
    child: str
    """Before what was forked from what stands above it."""
    ellipsis: str
    spinner: str
    """The frames of a spinner, one character each."""
    spark: str
    """The steps of a sparkline, from low to high."""
    play: str
    pause: str
    head: str
    """Where a player stands on its track."""
    track_idle: str
    track_reasoning: str
    track_tool: str
    track_answer: str
    turn_mark: str
    call_mark: str
    iso_dates: bool = False
    """Whether moments are written with their day, as ISO 8601 does; else as short as they can be told apart."""


UNICODE = Glyphs(
    done="✓",
    failed="✗",
    stopped="■",
    waiting="?",
    pending="○",
    live="●",
    problem="!",
    folded="▶",
    unfolded="▼",
    cursor="▌",
    result="→",
    bar="▌",
    moment="┃",
    tick="╷",
    rule="─",
    bullet="•",
    wrapped="↪",
    child="└",
    ellipsis="…",
    spinner="⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
    spark="▁▂▃▄▅▆▇█",
    play="▶",
    pause="‖",
    head="●",
    track_idle="┈",
    track_reasoning="─",
    track_tool="═",
    track_answer="━",
    turn_mark="┃",
    call_mark="◆",
)

ASCII = Glyphs(
    done="+",
    failed="x",
    stopped="#",
    waiting="?",
    pending="o",
    live="*",
    problem="!",
    folded=">",
    unfolded="v",
    cursor="_",
    result="=",
    bar="|",
    moment="|",
    tick="'",
    rule="-",
    bullet="*",
    wrapped="\\",
    child="`",
    ellipsis="~",
    spinner="|/-\\",
    spark="_.-=#",
    play=">",
    pause="=",
    head="O",
    track_idle=".",
    track_reasoning="-",
    track_tool="=",
    track_answer="#",
    turn_mark="|",
    call_mark="+",
)


def glyphs_for(*, ascii: bool, still: bool = False, iso_dates: bool = False) -> Glyphs:
    """The set for a terminal that has ASCII only, or Unicode; `still` has no sign that only moves."""
    glyphs = replace(ASCII if ascii else UNICODE, iso_dates=iso_dates)
    return replace(glyphs, spinner=glyphs.live) if still else glyphs
