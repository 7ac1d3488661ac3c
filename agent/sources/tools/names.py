"""Names of tools that every provider takes, made of those that their authors gave, or a model made up.

https://platform.openai.com/docs/api-reference/chat/create (tools.function.name): letters, digits, `_` and `-`, 64 at
most; the other providers take these too.
"""

import re
import unicodedata
import zlib

__all__ = ["legal_name"]

_LONGEST = 64
_ILLEGAL = re.compile(r"[^a-zA-Z0-9_-]+")


def legal_name(name: str) -> str:
    """`name`, or what is nearest to it among the legal ones: `my.tool` is `my_tool`; the same name gives the same."""
    if name and len(name) <= _LONGEST and not _ILLEGAL.search(name):
        return name
    letters = unicodedata.normalize("NFKD", name)
    legal = _ILLEGAL.sub("_", "".join(letter for letter in letters if not unicodedata.combining(letter)))
    if not legal.strip("_-"):  # a script of which nothing is left
        return f"tool_{_mark(name)}"
    if len(legal) > _LONGEST:
        return f"{legal[: _LONGEST - 9]}_{_mark(name)}"
    return legal


def _mark(name: str) -> str:
    """Eight signs that tell a name from others that look like it."""
    return f"{zlib.crc32(name.encode('utf-8', 'surrogatepass')):08x}"
