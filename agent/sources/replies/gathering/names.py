"""Which tool a name means that is none's: models and servers write more around a name than the name."""

import re
from collections.abc import Collection

__all__ = ["grown", "meant"]

_NAMESPACES = ("functions.", "functions:", "function.", "default_api.", "default_api:", "tools.", "tool.")
_NUMBER = re.compile(r":\d+\Z")
"""What Kimi's format puts behind a name: `functions.add:0` is the id of a call, and of some servers its name."""


def grown(name: str, piece: str) -> str:
    """A name with the next piece of it, which may be the whole name so far."""
    return piece if piece.startswith(name) else name + piece


def meant(name: str, names: Collection[str]) -> str:
    """The tool that a name means which is none's, where that is certain; else the name as it is.

    What surrounds it is the prompt's own: a namespace that the tools were told in (`functions.add`), a token of the
    model's format behind it (`add<|channel|>commentary`), the number of the call, brackets, spaces. The case of
    letters tells no tools apart.
    """
    if name in names:
        return name
    bare = _NUMBER.sub("", name.partition("<|")[0].strip()).removesuffix("()")
    for prefix in _NAMESPACES:
        bare = bare.removeprefix(prefix)
    alike = [one for one in names if one.lower() == bare.lower()]
    return bare if bare in names else alike[0] if len(alike) == 1 else name
