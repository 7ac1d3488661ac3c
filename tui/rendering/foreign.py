"""Makes foreign text safe to draw: what a terminal would obey becomes something a reader can see.

Everything that comes from a model, a tool, a file or a transcript passes here before it is drawn. Copying and storing
use the text as it came.
"""

import re
import sys
import unicodedata

__all__ = ["visible"]

_KEPT = "\n\t"
_CONTROL_PICTURES = 0x2400


def _shown(code: int) -> str:
    """What stands for a character that must not reach the terminal."""
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    if code == 0x7F:
        return "\u2421"
    return f"<U+{code:04X}>"


def _is_unsafe(code: int) -> bool:
    """Controls, bidirectional overrides and isolates, line separators, surrogates and other invisible commands.

    Joiners (U+200C, U+200D) and variation selectors stay: scripts and emoji need them.
    """
    char = chr(code)
    category = unicodedata.category(char)
    if category == "Cc":
        return char not in _KEPT
    if category in {"Cs", "Zl", "Zp"}:
        return True
    return category == "Cf" and code not in {0x200C, 0x200D, 0xAD} and not 0xE0020 <= code <= 0xE007F


_TABLE = {code: _shown(code) for code in range(sys.maxunicode + 1) if code < 0x20000 and _is_unsafe(code)}
_UNSAFE = re.compile("[" + "".join(re.escape(chr(code)) for code in _TABLE) + "]")


def visible(text: str) -> str:
    """`text` with control and escape characters and bidirectional overrides made visible; line ends and tabs stay.

    A carriage return before a line feed is part of the line end and dropped.
    """
    text = text.replace("\r\n", "\n")
    return text.translate(_TABLE) if _UNSAFE.search(text) else text
