"""When an answer to a tool that asks counts: typing can never be one.

Pure: it is told when the question is seen, when keys come and that the program runs, by moments in seconds of one
monotonic clock. An answer counts where the question was seen for a while before its key came, where nothing was typed
for a while before it, and where nothing is typed right behind it: the first letter of a word is none. A key is told
when it is read, not when it was pressed; a program that was held up may have read it late, so it has to wait anew.
"""

__all__ = ["Grace"]

_READING = frozenset({"up", "down", "pageup", "pagedown", "tab", "shift+tab"})
"""Keys by which arguments are read; they put answers off for less long."""
_KEYS = 64
"""Keys that may be on their way at once."""


class Grace:
    """Judges each key once, when it comes, whatever comes behind it before it is acted on."""

    def __init__(
        self, *, seen_for: float = 0.75, quiet_for: float = 1.0, held_for: float = 0.3, stalled_after: float = 0.4
    ) -> None:
        """All in seconds. `seen_for` holds the way to a slow terminal, too; a thought less than `quiet_for`; two
        letters of a word come within `held_for`; a program that does not run for `stalled_after` was held up."""
        self.held_for = held_for
        self._seen_for = seen_for
        self._quiet_for = quiet_for
        self._stalled_after = stalled_after
        self._seen_since = float("inf")
        self.ran = float("inf")
        """When the program was last known to run; infinite while it does not matter."""
        self._quiet_from = float("-inf")
        """The moment from which nothing counts as being typed any more."""
        self._latest = float("-inf")
        """The moment of the last key."""
        self._verdicts: dict[float, bool] = {}
        """Of the last keys, by their moments."""

    @property
    def counts_from(self) -> float:
        """The moment from which an answer counts, if no other key comes before; infinite while nothing is seen."""
        return max(self._seen_since + self._seen_for, self._quiet_from)

    def see(self, now: float, *, is_seen: bool) -> None:
        """The question is seen now, or it is not; the first moment of being seen is the one that counts."""
        if not is_seen:
            self._seen_since = self.ran = float("inf")
        elif self._seen_since == float("inf"):
            self._seen_since = self.ran = now

    def runs(self, now: float) -> None:
        """The program runs; to be told more often than every `stalled_after` while the question is seen."""
        if now - self.ran > self._stalled_after:
            self._quiet_from = max(self._quiet_from, now + self._quiet_for)
        if self.ran != float("inf"):
            self.ran = now

    def take(self, key: str, moment: float, *, is_seen: bool = True) -> bool:
        """A key has come, wherever it goes; whether it counts as an answer. Asked again, it says the same again."""
        if moment not in self._verdicts:
            was_held_up = moment - self.ran > self._stalled_after
            self._verdicts[moment] = is_seen and not was_held_up and moment >= self.counts_from
            while len(self._verdicts) > _KEYS:
                del self._verdicts[next(iter(self._verdicts))]
            quiet_for = self._seen_for if key in _READING else self._quiet_for
            self._quiet_from = max(self._quiet_from, moment + quiet_for)
            self._latest = max(self._latest, moment)
        return self._verdicts[moment]

    def is_latest(self, moment: float) -> bool:
        """Whether no key has come behind the one that came at `moment`."""
        return moment >= self._latest
