"""Which argument a server would not take, where its answer names one as refused.

A word alone refuses nothing: an error about a signature may mention tools, one about a made-up tool ends with
`request.tools`. So the argument must be named by the body's own structure (`param`, `loc`), or stand in one sentence
with the words of a refusal.
"""

import re
from collections.abc import Collection, Iterator

from agent.sources.failures.bodies import Said

__all__ = ["refused_of"]

_STATUSES = {None, 400, 404, 405, 415, 422, 500, 501}

_NOT_TAKEN = (
    r"not (?:be )?(?:currently )?(?:support|allow|permit|accept|enabl|implement|available|compatible)|n't support|"
    r"unsupported|incompatible|unknown|unrecogni[sz]ed|unexpected|no longer|extra (?:inputs?|fields?|parameter)|"
    r"forbidden|disabled|deprecated"
)
_UNKNOWN = re.compile(_NOT_TAKEN, re.IGNORECASE)
_REFUSED = re.compile(_NOT_TAKEN + "|invalid", re.IGNORECASE)
_RESTRICTED = re.compile(
    _NOT_TAKEN + r"|invalid|no endpoints|\bonly\b|must be|should be|may not|cannot|can't|requires?\b|needs?\b|expected|"
    r"is required, but",
    re.IGNORECASE,
)
_TOOLS = (
    r"[`'\"]?(?:tools?\b(?![_ ]?(?:choice|calls?\b))|tool[- _]?(?:use|usage|calls?|calling)\b|functions?\b(?! [`'\"])"
    r"(?:[- _]?call(?:s|ing)?)?)[`'\"]?"
)
_REFUSES_TOOLS = re.compile(
    rf"(?:not|n't) (?:currently )?support (?:the )?(?:use of |usage of |parameters?:? \[?|param )?{_TOOLS}|"
    rf"(?:support|supports|supporting) {_TOOLS}[^.]{{0,20}}(?:not found|found)|no endpoints?[^.]*support {_TOOLS}|"
    rf"{_TOOLS}(?: param(?:eter)?s?)?(?: is| are)? (?:not (?:yet )?(?:support|allow|enabl|available|permit)|"
    r"unsupported|disabled)|"
    rf"{_TOOLS} param(?:eter)? requires|"
    r"(?:unsupported|unknown|unrecogni[sz]ed|unexpected|extra|invalid) [a-z ]*?(?:param(?:eter)?s?|arguments?|"
    r"fields?|keys?|properties|property|name|inputs?)[a-z ]*:? [`'\"]?tools\b(?!\[|\.)",
    re.IGNORECASE,
)
_TOOL_CHOICE = re.compile(r"\btool[_ ]?choice\b", re.IGNORECASE)
_STREAM = re.compile(r"\bstream(?:ing)?\b(?!_)|\bto stream\b", re.IGNORECASE)
_NAME = re.compile(r"(?:property|field|key|parameter|argument|input)s?:? [`'\"]name[`'\"]", re.IGNORECASE)
_SYSTEM = re.compile(
    r"\bsystem [`'\"]?(?:role|message|prompt|instruction)|\brole:? [`'\"]?system|roles? [`'\"]?system\b|"
    r"only user(?:,| and) assistant(?:,? and \w+)? roles|roles must alternate|developer instruction",
    re.IGNORECASE,
)
_DEVELOPER = re.compile(r"[`'\"]?\bdeveloper\b", re.IGNORECASE)
_WORDED = ("tools", "tool_choice", "name", "stream", "system", "developer")
"""Those whose names are words of the language, too."""
_ABOUT_A_CALL = re.compile(r"attempted to call|no(?:t| such) tool|validation failed|signature", re.IGNORECASE)


def refused_of(said: Said, sent: Collection[str]) -> str | None:
    """The one of the `sent` arguments and fields that the server refuses; None where it refuses none of them."""
    if said.status not in _STATUSES:
        return None
    sentences = re.split(r"(?<=[.!?])\s+|\n| \| ", said.every_word)
    told = (name for sentence in sentences if (name := _refused_in(sentence, sent)) is not None)
    return next(_named(said, sent), None) or next(told, None)


def _named(said: Said, sent: Collection[str]) -> Iterator[str]:
    """The arguments that the body's structure names."""
    for place in said.named:
        first, _, rest = place.partition(".")
        last = place.rpartition(".")[2]
        if first == "tools" and (rest or not _UNKNOWN.search(said.every_word)):
            continue  # a tool of them is at fault, or how many there are
        if first in sent:
            yield first
        elif last in sent and _REFUSED.search(" ".join((said.every_word, *said.codes))):
            yield last  # a field of a message
        elif first == "tool_choice" and "tools" in sent:
            yield "tools"


def _refused_in(sentence: str, sent: Collection[str]) -> str | None:
    """What one sentence refuses."""
    if (name := _way_of_asking(sentence, sent)) is not None:
        return name
    if _TOOL_CHOICE.search(sentence) and _RESTRICTED.search(sentence):
        # Where no choice was sent, it is the tools that the server cannot do.
        return "tool_choice" if "tool_choice" in sent else "tools" if "tools" in sent else None
    if "tools" in sent and _REFUSES_TOOLS.search(sentence) and not _ABOUT_A_CALL.search(sentence):
        return "tools"
    for name in sent:
        if name in _WORDED or not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence):
            continue
        is_argument = name in ("temperature", "stream_options", "parallel_tool_calls")
        if (_RESTRICTED if is_argument else _REFUSED).search(sentence):
            return name
    return None


def _way_of_asking(sentence: str, sent: Collection[str]) -> str | None:
    """What a sentence refuses that is told by more than its name: streaming, roles, the name of a tool's message."""
    if "stream" in sent and _STREAM.search(sentence) and _UNKNOWN.search(sentence) and "stream_options" not in sentence:
        return "stream"
    if "developer" in sent and _DEVELOPER.search(sentence) and "role" in sentence and _RESTRICTED.search(sentence):
        return "developer"
    if "system" in sent and _SYSTEM.search(sentence) and _RESTRICTED.search(sentence):
        return "system"
    if "name" in sent and _NAME.search(sentence) and _REFUSED.search(sentence):
        return "name"
    return None
