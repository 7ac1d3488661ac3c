"""What an escape sequence of the terminal says: a key, the mouse, its size, its colours. Everything else says nothing.

Of the many ways to say a key one is chosen, which Textual's parser can read; a release is no key, a letter with Ctrl or
Alt is the place on the keyboard that it stands for, and a reply that nobody waits for is never typed.
https://sw.kovidgoyal.net/kitty/keyboard-protocol/
https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS, MODIFIER_FUNCTIONAL_KEYS

from tui.terminal.layouts import latin_key

__all__ = ["Background", "Keys", "Letters", "Report", "guessed_background", "report"]

_SHIFT, _ALT, _CTRL, _SUPER, _HYPER, _META, _CAPS = (1 << bit for bit in range(7))
_COMMAND = _ALT | _CTRL | _SUPER | _HYPER | _META
_PRESSED = frozenset({0, 1, 2})
"""A press and its repetition; 0 stands for what was left out."""

# Patterns are compiled when the terminal first says something, and kept by `re`: no frame waits for that.
_KEY = r"\x1b\[([0-9:;]*)([u~A-HPQSZ])"
_OTHER_KEY = r"\x1b\[27;(\d{1,4});(\d{1,7})~"
"""xterm's modifyOtherKeys: modifiers and a character."""
_OLD_KEY = r"\x1b(?:O[@-~]|\[\[[A-E]|\[[a-d])"
"""Keypads in their application mode, Linux' console, rxvt with Shift."""
_MOUSE = r"\x1b\[<(\d{1,4});(-?\d{1,5});(-?\d{1,5})[Mm]"
_UNKNOWN_BUTTON = 128
"""Buttons 8 to 11, which Textual would take for the first ones."""
_MODE = r"\x1b\[\?(?:2026|2048);\d\$y"
_SIZE = r"\x1b\[48(?:;\d{1,5}(?::\d+)*){4}t"
_FOCUS = frozenset({"\x1b[I", "\x1b[O"})
_COLOUR = r"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})"
_SCHEME = r"\x1b\[\?997;([12])n"

_SILENT = {*MODIFIER_FUNCTIONAL_KEYS, "caps_lock", "scroll_lock", "num_lock"}
"""Keys that mean nothing by themselves; as many terminals never tell of them."""
_KEYPAD = {57399 + digit: str(digit) for digit in range(10)} | {
    57409: ".", 57410: "/", 57411: "*", 57412: "-", 57413: "+", 57415: "=", 57416: ","
}  # fmt: skip
_PRIVATE = range(0xE000, 0xF900)
"""Where kitty's protocol has the keys that are no characters."""
# rxvt with Ctrl, which Textual's table has wrong in part.
_RXVT = {"\x1bOa": "\x1b[1;5A", "\x1bOb": "\x1b[1;5B", "\x1bOc": "\x1b[1;5C", "\x1bOd": "\x1b[1;5D"}


@dataclass(frozen=True, slots=True)
class Keys:
    """One sequence that Textual's parser reads: a key, the mouse, the size, the focus."""

    sequence: str


@dataclass(frozen=True, slots=True)
class Letters:
    """Characters that a key typed."""

    text: str
    place: str | None = None
    """What the key gives on a Latin keyboard, where the terminal told."""


@dataclass(frozen=True, slots=True)
class Background:
    """The terminal's background, which it was asked for or which has changed."""

    is_light: bool


Report = Keys | Letters | Background


def guessed_background(environ: Mapping[str, str]) -> bool | None:
    """Whether the terminal is light, by what some put into the environment; None where they do not."""
    colour = environ.get("COLORFGBG", "").rpartition(";")[2]
    return int(colour) in (7, *range(9, 16)) if colour.isascii() and colour.isdecimal() else None


def report(sequence: str) -> Report | None:
    """What an escape sequence says; None where that is nothing for us."""
    if not sequence.startswith(("\x1b[", "\x1bO", "\x1b]", "\x1bP", "\x1b_")) or len(sequence) == 2:
        return _alt_key(sequence[1:])
    if match := re.fullmatch(_OTHER_KEY, sequence):
        return _kitty_key([[int(match[2])], [int(match[1])]])
    if match := re.fullmatch(_KEY, sequence):
        return _key(match[1], match[2])
    if match := re.fullmatch(_MOUSE, sequence):
        return Keys(sequence) if int(match[1]) < _UNKNOWN_BUTTON else None
    if match := re.match(_COLOUR, sequence):
        red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in match.groups())
        return Background(0.299 * red + 0.587 * green + 0.114 * blue > 0.5)
    if match := re.fullmatch(_SCHEME, sequence):
        return Background(match[1] == "2")
    if sequence in _FOCUS or re.fullmatch(_MODE, sequence) or re.fullmatch(_SIZE, sequence):
        return Keys(sequence)
    if (other := _RXVT.get(sequence)) is not None:
        return Keys(other)
    return Keys(sequence) if re.fullmatch(_OLD_KEY, sequence) and sequence in ANSI_SEQUENCES_KEYS else None


def _alt_key(character: str) -> Report:
    """The key of ESC and a character, as old terminals send Alt; of ESC alone, Esc."""
    if not character:
        return Keys("\x1b")
    code = ord(character)
    if character in "\r\n":  # some are set up to send the one for Shift+Enter, some the other
        return Keys(f"\x1b[13;{1 + _ALT}u")
    if code < 0x20 and character != "\t":
        return Keys(f"\x1b[{ord(chr(code | 0x40).lower())};{1 + _ALT + _CTRL}u")
    shift = _SHIFT if character != character.lower() else 0
    return _command(code, None, _ALT | shift)


def _key(codes: str, final: str) -> Report | None:
    """A key in kitty's form or in xterm's, which is the same but for the event."""
    try:
        fields = [[int(part) if part else 0 for part in field.split(":")] for field in codes.split(";")]
    except ValueError:  # int() takes no more than 4,300 digits
        return None
    if len(fields) > 1 and len(fields[1]) > 1 and fields[1][1] not in _PRESSED:
        return None
    if final == "u":
        return _kitty_key(fields)
    code, modifiers = fields[0][0] or 1, _modifiers(fields)
    if final == "Z":
        return Keys("\x1b[Z")
    if f"{code}{final}" not in FUNCTIONAL_KEYS:
        return None
    if modifiers:
        return Keys(f"\x1b[{code};{modifiers + 1}{final}")
    return Keys(f"\x1b[{code}~" if final == "~" else f"\x1b[{final}")


def _modifiers(fields: list[list[int]]) -> int:
    return max(fields[1][0] - 1, 0) & (_COMMAND | _SHIFT) if len(fields) > 1 else 0


def _kitty_key(fields: list[list[int]]) -> Report | None:
    """`CSI code:shifted:base ; modifiers:event ; text u`; what can be left out may be missing."""
    code, shifted, base = (*fields[0], 0, 0)[:3]
    modifiers = _modifiers(fields)
    if (name := FUNCTIONAL_KEYS.get(f"{code}u")) is not None:
        if name in _SILENT:
            return None
        if code in _KEYPAD and not modifiers & _COMMAND:
            return Letters(_KEYPAD[code])
        return Keys(f"\x1b[{code};{modifiers + 1}u" if modifiers else f"\x1b[{code}u")
    if not _is_character(code):
        return None
    if not modifiers & ~(_SHIFT | _ALT) and len(fields) > 2:  # Alt may have made the text, as Option does
        text = "".join(chr(part) for part in fields[2] if _is_character(part))
        if text:
            return Letters(text, _place(code, base, text))
    if modifiers & _COMMAND:
        return _command(code, base, modifiers)
    has_caps = len(fields) > 1 and max(fields[1][0] - 1, 0) & _CAPS
    letter = chr(code)
    if bool(modifiers & _SHIFT) != bool(has_caps):
        letter = chr(shifted) if _is_character(shifted) else letter.upper() if len(letter.upper()) == 1 else letter
    return Letters(letter, _place(code, base, letter))


def _command(code: int, base: int | None, modifiers: int) -> Report:
    """A character with Ctrl or Alt."""
    if code > 0x7F:
        place = chr(base) if base and _is_character(base) else latin_key(chr(code))
        code = ord(place) if place and place.isascii() else code
    return Keys(f"\x1b[{ord(chr(code).lower()[0])};{modifiers + 1}u")


def _place(code: int, base: int, text: str) -> str | None:
    if not base or not _is_character(base) or code <= 0x7F:
        return None
    return chr(base).upper() if text != text.lower() else chr(base)


def _is_character(code: int) -> bool:
    """Whether this is a code point that can be typed: no control, no half of a pair, no private key."""
    return 0x20 <= code <= 0x10FFFF and not 0x7F <= code < 0xA0 and not 0xD800 <= code < 0xE000 and code not in _PRIVATE
