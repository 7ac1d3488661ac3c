"""Cuts the bytes that a terminal sends into what was typed, what was pasted and escape sequences.

How the bytes were split on their way makes no difference. It knows the grammar of sequences (ECMA-48: CSI, SS3, and the
strings OSC, DCS and APC) and nothing of what they mean; see `reports` for that.
https://ecma-international.org/publications-and-standards/standards/ecma-48/
https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
"""

import re
from codecs import utf_8_decode
from dataclasses import dataclass

__all__ = ["InputReader", "Pasted", "Sequence", "Token", "Typed"]

_ESC = 0x1B
_PASTE_BEGINS = "\x1b[200~"
_PASTE_ENDS = b"\x1b[201~"

_KEY_DELAY = 0.1
"""Seconds after which what could begin a sequence was a key: Esc, or Alt with a bracket."""
_REST_DELAY = 2.0
"""Seconds that the rest of a sequence or of a character may take: a slow line sends in bursts."""
_PASTE_DELAY = 5.0
"""Seconds of silence in a paste, after which what came of it is given out."""
_A_KEY = 16
"""Bytes: what comes after such a silence and is no longer than this is a key, for its end mark was lost."""

# Patterns are compiled when the terminal first says something, and kept by `re`: no frame waits for that.
_CSI = rb"\x1b\[(?:M[\s\S]{3}|\[[@-~]|[ -?]+[@-~]|[@-LN-Z\\-~])"
"""Two are of another grammar: a mouse's report of X10 (M and three bytes) and the function keys of Linux' console."""
_CSI_BEGUN = rb"\x1b\[(?:M[\s\S]{0,2}|\[|[ -?]*)\Z"
_CSI_BROKEN = rb"\x1b\[[ -?]+"
_SS3 = rb"\x1bO[0-9;]*[@-~]"
_SS3_BEGUN = rb"\x1bO[0-9;]*\Z"
# Strings that a terminal answers with begin so; anything else behind these is a key with Alt, and then another key.
_STRING = rb"\x1b(?:\](?=[0-9lLI])|P(?=[0-9<=>?!$+~])|_(?=G))[^\x00-\x1f]*(?:\x07|\x1b\\)"
_STRING_BEGUN = rb"\x1b(?:[\]P_]|\][0-9lLI][^\x00-\x1f]*\x1b?|P[0-9<=>?!$+~][^\x00-\x1f]*\x1b?|_G[^\x00-\x1f]*\x1b?)\Z"
_STRING_BROKEN = rb"\x1b(?:\][0-9lLI]|P[0-9<=>?!$+~]|_G)[^\x00-\x1f]*"
_GRAMMARS = {
    ord("["): (_CSI, _CSI_BEGUN, _CSI_BROKEN),
    ord("O"): (_SS3, _SS3_BEGUN, None),
    **dict.fromkeys(b"]P_", (_STRING, _STRING_BEGUN, _STRING_BROKEN)),
}
_AFTER_ESC = (
    rb"\[[<?>=]?[0-9][0-9:;$]*[~A-Za-z]|[\[O][A-DFHIO-SZ]\Z"
    rb"|\](?:1[0-9]|4;[0-9]+);rgb|\]52;|P(?:[>!]\||[01][+$]r)|_G[ia]="
)
"""A sequence without the ESC before it, which came so early that it was taken for a key. Nobody types that at once."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Characters, control characters among them. A byte that is no UTF-8 is U+FFFD."""

    text: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """A paste, as it came, whatever is in it."""

    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """An escape sequence; of ESC alone, the key."""

    text: str


Token = Typed | Pasted | Sequence


class InputReader:
    """Bytes in, tokens out. Call `give_up` when nothing has come for `patience` seconds."""

    def __init__(self) -> None:
        self._rest = bytearray()
        """What has not come whole yet."""
        self._paste: bytearray | None = None
        self._is_stale = False
        """Whether the paste was given out before its end had come."""
        self._was_escape = False
        """Whether an ESC was given out as a key because nothing followed it in time."""

    def feed(self, data: bytes) -> list[Token]:
        """The tokens that are whole with `data`, in their order."""
        tokens: list[Token] = []
        if self._paste is not None and self._is_stale:
            if len(data) <= _A_KEY and _PASTE_ENDS not in data:
                self._paste = None
            self._is_stale = False
        elif self._was_escape and re.match(_AFTER_ESC, data):
            data = b"\x1b" + data
        self._was_escape = False
        self._rest += data
        while self._rest and self._take_one(tokens):
            pass
        return tokens

    @property
    def patience(self) -> float | None:
        """Seconds to wait for what is missing; None where nothing is."""
        if self._paste is not None:
            return None if self._is_stale else _PASTE_DELAY
        if not self._rest:
            return None
        return _KEY_DELAY if len(self._rest) <= 2 and self._rest[0] == _ESC else _REST_DELAY

    def give_up(self) -> list[Token]:
        """The tokens of what has begun and was not gone on with; what is left of a sequence is none."""
        if self._paste is not None:
            text, self._paste, self._is_stale = _decoded(self._paste + self._rest), bytearray(), True
            self._rest.clear()
            return [Pasted(text)] if text else []
        rest = bytes(self._rest)
        self._rest.clear()
        if not rest:
            return []
        if rest[0] != _ESC:
            return [Typed(_decoded(rest))]
        self._was_escape = len(rest) == 1
        return [Sequence(rest.decode())] if len(rest) <= 2 else []

    def _take_one(self, tokens: list[Token]) -> bool:
        """Take the next token off what came; False where more must come first."""
        if self._paste is not None:
            return self._take_paste(tokens)
        if self._rest[0] == _ESC:
            return self._take_sequence(tokens)
        end = self._rest.find(_ESC)
        run = bytes(self._rest) if end < 0 else bytes(self._rest[:end])
        text, size = utf_8_decode(run, "replace", end >= 0)
        if text:
            tokens.append(Typed(text))
        del self._rest[:size]
        return size > 0

    def _take_paste(self, tokens: list[Token]) -> bool:
        assert self._paste is not None  # noqa: S101 - the caller looked
        begin = max(len(self._paste) - len(_PASTE_ENDS), 0)
        self._paste += self._rest
        self._rest.clear()
        end = self._paste.find(_PASTE_ENDS, begin)
        if end < 0:
            return False
        self._rest += self._paste[end + len(_PASTE_ENDS) :]
        tokens.append(Pasted(_decoded(self._paste[:end])))
        self._paste = None
        return True

    def _take_sequence(self, tokens: list[Token]) -> bool:
        if len(self._rest) < 2:
            return False
        if (grammar := _GRAMMARS.get(self._rest[1])) is None:
            return self._take_key(tokens)
        whole, begun, broken = grammar
        if (match := re.match(whole, self._rest)) is not None:
            text = _decoded(match[0])
            if text == _PASTE_BEGINS:
                self._paste = bytearray()
            else:
                tokens.append(Sequence(text))
            del self._rest[: match.end()]
            return True
        if re.match(begun, self._rest):
            return False
        if broken is not None and (match := re.match(broken, self._rest)) is not None:
            del self._rest[: match.end()]  # what broke it off stands for itself
            return True
        tokens.append(Sequence(self._rest[:2].decode()))
        del self._rest[:2]
        return True

    def _take_key(self, tokens: list[Token]) -> bool:
        """ESC and a character, which is a key with Alt; of two ESC the first one stands for itself."""
        text, size = utf_8_decode(bytes(self._rest[1:5]), "replace", False)
        if not size:
            return False
        if text[0] in "\x1b\ufffd":
            tokens.append(Sequence("\x1b"))
            del self._rest[:1]
        else:
            tokens.append(Sequence(f"\x1b{text[0]}"))
            del self._rest[: 1 + len(text[0].encode())]
        return True


def _decoded(data: bytes | bytearray) -> str:
    return data.decode("utf-8", "replace")
