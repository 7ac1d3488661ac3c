"""Files that the user asks the screen for: in the folder he works in, under names that are free."""

from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path

from agent.errors import TickertapeError
from agent.files import write_file
from agent.formats.exports.export import SUFFIXES, ExportFormat, export, secrets_in
from agent.reading.lines import read_lines
from agent.secrets import Secrets

__all__ = ["exported", "save", "secret_places", "write_new"]


def write_new(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file whole or not at all; one that is there is left as it is. Blocks.

    Raises:
        TickertapeError: it is there, or cannot be written.
    """
    try:
        write_file(path, pieces)
    except FileExistsError as error:
        raise TickertapeError(f"{path} is there already and is never overwritten: name another file") from error
    except OSError as error:
        raise TickertapeError(f"{path}: {error.strerror or error}") from error


def save(name: str, suffix: str, make: Callable[[], Iterable[bytes]], folders: Iterable[Path]) -> Path:
    """Write what `make` gives into the first of `folders` that takes it; gives the path. Blocks.

    Where `name` is taken, a number is added to it.

    Raises:
        TickertapeError: none takes it.
    """
    problem = TickertapeError("there is no folder for it")
    for folder in folders:
        names = (f"{name}{f'-{number}' if number > 1 else ''}{suffix}" for number in count(1))
        path = next(path for path in (folder / name for name in names) if not path.exists())
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_new(path, make())
        except (OSError, TickertapeError) as error:
            problem = TickertapeError(str(error))
        else:
            return path.absolute()
    raise problem


def secret_places(path: Path, secrets: Secrets) -> int:
    """In how many places of a session that would be exported something looks like a secret. Blocks.

    Raises:
        TranscriptError: it cannot be read.
    """
    return secrets_in(read_lines(path), secrets)


def exported(
    path: Path, export_format: ExportFormat, title: str, secrets: Secrets | None
) -> tuple[str, str, Callable[[], Iterable[bytes]]]:
    """The file that a session is exported to: its name, its suffix, and what makes it, which blocks.

    `secrets` are taken out, where some are given.
    """

    def make() -> Iterable[bytes]:
        return export(read_lines(path), export_format, session_id=path.stem, title=title, secrets=secrets)

    return f"tickertape-{path.stem}", SUFFIXES[export_format], make
