"""What was read of a settings file: what can be used of it, and what is wrong with it or with what stands beside it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.settings.file.tables import Document

__all__ = ["Problem", "SettingsFile"]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that the user set and that was not taken."""

    path: Path | None
    """The file that it stands in; None where it is a variable of the environment, which the text names."""
    line: int | None
    """From 1; None where it is the file as a whole."""
    text: str
    """What is wrong and what is allowed, in one line."""

    def __str__(self) -> str:
        return self._at(str(self.path))

    @property
    def brief(self) -> str:
        """What matters first: the file's name alone, and not all that is allowed where one is the likely one."""
        words, is_meant, _ = self._at(self.path.name if self.path is not None else "").partition("? (allowed: ")
        return f"{words}?" if is_meant else words

    def _at(self, place: str) -> str:
        if self.path is None:
            return self.text
        return f"{place}{f':{self.line}' if self.line is not None else ''}: {self.text}"


@dataclass(frozen=True, kw_only=True)
class SettingsFile:
    """A settings file that was read."""

    path: Path
    text: str = ""
    read: "Document | None" = None
    """What of it can be used; None where it says nothing."""
    problems: tuple[Problem, ...] = ()
    is_trusted: bool = True
    """Whether its rules can allow anything: all of its TOML was read, and all of its permissions."""

    @cached_property
    def document(self) -> "Document":
        """What of it can be used."""
        from agent.settings.file.tables import Document  # most starts have no file, and this takes 20 ms of the start

        return self.read or Document()

    def problem(self, path: tuple[str, ...], text: str) -> Problem:
        """Something that is wrong with what stands at `path`, such as `("keys", "chat.new")`."""
        from agent.settings.file.statements import line_of  # few starts have anything wrong

        return Problem(path=self.path, line=line_of(self.text, path), text=text)
