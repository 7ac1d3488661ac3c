"""Leaving a replay for a session of one's own that goes on from where it stands: what is cut, and the writing of it."""

from collections.abc import Sequence
from pathlib import Path

from agent.conversation.lineage import Lineage
from agent.recordings.forking import cut, lineage_at, open_calls
from agent.recordings.recording import Recording
from agent.recordings.what_if.patches import read_patches
from agent.recordings.what_if.plan import Plan
from agent.recordings.what_if.planning import plan_branch
from agent.threads import in_thread
from agent.transcripts.folders import Sessions
from agent.transcripts.session import new_session_id
from agent.transcripts.writer import TranscriptWriter

__all__ = ["Branch"]


class Branch:
    """A session that would go on from a place in a recording."""

    def __init__(self, recording: Recording, position: int) -> None:
        """`position` is how many events it would begin with."""
        self._recording = recording
        self._position = position

    @property
    def cut_calls(self) -> tuple[str, ...]:
        """The names of the tool calls that are cut in the middle."""
        return tuple(call.name for call in open_calls(self._recording, self._position))

    @property
    def lineage(self) -> Lineage:
        """Where it comes from."""
        return lineage_at(self._recording, self._position, branch="fork", session=self._session)

    def plan(self, patches: Sequence[str]) -> Plan:
        """How it goes on otherwise, with these patches.

        Raises:
            UsageError: one of them is none, or has nothing to work on there.
        """
        return plan_branch(self._recording, self._position, read_patches(patches), session=self._session)

    @property
    def _session(self) -> str | None:
        """The id of the session that is recorded."""
        source = self._recording.source
        return source.stem if isinstance(source, Path) else None

    async def write(self, sessions: Sessions, *, complete: bool) -> Path:
        """Write it, and give its file; `complete` has the calls that are cut as they were in the end.

        Raises:
            TranscriptError: it cannot be written.
        """
        path = sessions.path(new_session_id())
        await in_thread(self._write, path, complete)
        return path

    def _write(self, path: Path, complete: bool) -> None:
        writer = TranscriptWriter(path)
        try:
            writer.write_lines(cut(self._recording, self._position, complete_calls=complete))
        finally:
            writer.close()
