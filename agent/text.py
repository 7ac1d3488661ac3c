"""Makes foreign text safe to draw: what a terminal would obey becomes something a reader can see.

Everything that comes from a model, a tool, a file or a transcript passes here before it is drawn. Copying and storing
use the text as it came.
"""

import re
from typing import Any

__all__ = ["all_well_formed", "visible", "well_formed"]

_CONTROL_PICTURES = 0x2400
# Controls but line feed and tab, bidirectional overrides and isolates, line separators, invisible operators, lone
# surrogates. What only orders or joins letters stays, unseen: the zero-width space that Thai and Khmer break at,
# joiners, marks of direction (U+200B to U+200F), U+FEFF, soft hyphens and tags. Scripts and emoji need them.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufff9-\ufffb]")
_FLOOD = re.compile("([\u200b-\u200f\ufeff]{8})[\u200b-\u200f\ufeff]+")
"""More of what has no width than any script puts in one place; the rest is not drawn."""


def _shown(match: re.Match[str]) -> str:
    """What stands for a character that must not reach the terminal."""
    code = ord(match[0])
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    if code == 0x7F:
        return "\u2421"
    return f"<U+{code:04X}>"


def visible(text: str) -> str:
    """`text` with control and escape characters and bidirectional overrides made visible; line ends and tabs stay.

    A carriage return before a line feed is part of the line end and dropped.
    """
    text = _UNSAFE.sub(_shown, text.replace("\r\n", "\n"))
    return text if text.isascii() else _FLOOD.sub(r"\1", text)


def well_formed(text: str) -> str:
    """`text` with halves of surrogate pairs joined where they meet and replaced by U+FFFD where they do not."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def all_well_formed(value: Any) -> Any:
    """`value`, which is made of JSON's types, with every text in it `well_formed`."""
    match value:
        case str():
            return well_formed(value)
        case list():
            return [all_well_formed(item) for item in value]
        case dict():
            return {well_formed(str(key)): all_well_formed(item) for key, item in value.items()}
        case _:
            return value
