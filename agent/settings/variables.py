"""The variables of the environment that set something here, by name, and which of those that are set is none of them.

It knows names only: what a variable holds is judged by `agent.settings.settings`, where it is read.
"""

from collections.abc import Mapping

from agent.settings.file.contents import Problem

__all__ = ["VARIABLES", "unknown_variables"]

_PREFIX = "TICKERTAPE_"
VARIABLES = (
    "TICKERTAPE_ASCII",
    "TICKERTAPE_CHUNK_TIMEOUT",
    "TICKERTAPE_CONFIG",
    "TICKERTAPE_DATA_DIR",
    "TICKERTAPE_FIRST_TOKEN_TIMEOUT",
    "TICKERTAPE_FOLD",
    "TICKERTAPE_MAX_ITERATIONS",
    "TICKERTAPE_MODEL",
    "TICKERTAPE_OFFLINE_RATE",
    "TICKERTAPE_PROFILE",
    "TICKERTAPE_SERVE_TOKEN",
)
"""All that are read, in the order of their names."""
_OF_TESTS = frozenset({f"{_PREFIX}HYPOTHESIS", f"{_PREFIX}STREAMS"})
"""What only the tests of this project read."""


def unknown_variables(environ: Mapping[str, str], text: str) -> tuple[Problem, ...]:
    """The variables that look as if they were to set something, and set nothing, in the order of their names.

    `text` is that of the settings file: what it names, for a key or a header, is the user's own.
    """
    known = _OF_TESTS.union(VARIABLES)
    found = [name for name in environ if name.upper().startswith(_PREFIX) and environ[name] and name not in known]
    return tuple(Problem(path=None, line=None, text=_words(name)) for name in sorted(found) if name not in text)


def _words(name: str) -> str:
    import difflib  # few starts have one

    near = difflib.get_close_matches(name.upper().removeprefix(_PREFIX), map(_short, VARIABLES), 1)
    if near:
        return f"there is no variable {name}; did you mean {_PREFIX}{near[0]}?"
    return f"there is no variable {name} (allowed: {', '.join(VARIABLES)})"


def _short(name: str) -> str:
    return name.removeprefix(_PREFIX)
