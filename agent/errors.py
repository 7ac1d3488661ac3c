"""The errors this package raises on purpose, and nothing else.

    TickertapeError
    ├── UsageError            what was asked for cannot be done as asked
    │   ├── ToolLoadError
    │   └── ModelUnavailable
    ├── EventDecodeError
    ├── TranscriptError
    │   ├── SessionNotFound
    │   │   └── AmbiguousSession
    │   ├── SessionLocked
    │   └── TranscriptWriteError
    ├── LibraryError
    ├── SettingsError
    └── RunFailed

Every message is one line that says what to do; the command line prints it as it is.
"""

__all__ = [
    "AmbiguousSession",
    "EventDecodeError",
    "LibraryError",
    "ModelUnavailable",
    "RunFailed",
    "SessionLocked",
    "SessionNotFound",
    "SettingsError",
    "TickertapeError",
    "ToolLoadError",
    "TranscriptError",
    "TranscriptWriteError",
    "UsageError",
]


class TickertapeError(Exception):
    """The root of all errors raised on purpose."""


class UsageError(TickertapeError):
    """An argument or a setting asks for something that cannot be done."""


class ToolLoadError(UsageError):
    """A user's tool could not be imported or is no tool."""


class ModelUnavailable(UsageError):
    """A model specification names a model that cannot be built here."""


class EventDecodeError(TickertapeError):
    """A line is not a JSON object of a known event's shape."""


class TranscriptError(TickertapeError):
    """A session's file cannot be used."""


class SessionNotFound(TranscriptError):
    """No saved session has this id."""


class AmbiguousSession(SessionNotFound):
    """More than one saved session has this in its id."""


class SessionLocked(TranscriptError):
    """Another instance is writing this session."""


class TranscriptWriteError(TranscriptError):
    """The operating system refused to store events; they are kept in memory and tried again."""


class LibraryError(TickertapeError):
    """What was asked of the saved sessions cannot be done; nothing was changed."""


class SettingsError(TickertapeError):
    """The settings file cannot be changed as asked; it is as it was."""


class RunFailed(TickertapeError):
    """A run ended without an answer.

    `code` is one of the codes of `RUN_ERROR` (see `agent.events.types.RunErrorCode`).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
