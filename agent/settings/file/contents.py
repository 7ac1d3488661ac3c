"""What was read of a settings file: what can be used of it, and what is wrong with it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.settings.file.tables import Document

__all__ = ["Problem", "SettingsFile"]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something in the file that was not taken."""

    path: Path
    line: int | None
    """From 1; None where it is the file as a whole."""
    text: str
    """What is wrong and what is allowed, in one line."""

    def __str__(self) -> str:
        return f"{self.path}{f':{self.line}' if self.line is not None else ''}: {self.text}"


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
