"""Which argument a server would not take, where its answer names one as refused.

A word alone refuses nothing: an error about a signature may mention tools, one about a made-up tool ends with
`request.tools`. So the argument must be named by the body's own structure (`param`, `loc`), or stand in one sentence
with the words of a refusal.
"""

import re
from collections.abc import Collection, Iterator

from agent.sources.failures.bodies import Said
from agent.sources.replies.fields import NO_REASONING

__all__ = ["refused_of"]

_STATUSES = {None, 400, 404, 405, 415, 422, 500, 501}

_NOT_TAKEN = (
    r"not (?:be )?(?:currently )?(?:yet )?(?:support|allow|permit|accept|enabl|implement|available|compatible)|"
    r"n't support|(?:un|non-?)supported|incompatible|unknown|unrecogni[sz]ed|unexpected|no longer|forbidden|"
    r"disabled|deprecated|extra(?:neous)? (?:inputs?|fields?|keys?|parameters?)|not (?:be )?present|not a permitted|"
    r"cannot find|turned off|(?:should|must) not be (?:included|passed|present|provided|sent|set)|"
    r"不支持|不允许|未知"
)
_UNKNOWN = re.compile(_NOT_TAKEN, re.IGNORECASE)
_REFUSED = re.compile(_NOT_TAKEN + "|invalid|not valid|无效|非法|有误", re.IGNORECASE)
_RESTRICTED = re.compile(
    _NOT_TAKEN + r"|invalid|not (?:a )?valid|无效|非法|有误|只支持|no endpoints|\bonly\b|must (?:be|alternate)|"
    r"should be|may not|cannot|can't|requires?\b|needs?\b|expected|"
    r"is required, but",
    re.IGNORECASE,
)
_TOOLS = (
    r"[`'\"]?(?:tools?\b(?![_ ]?(?:choice|calls?\b))|tool[- _]?(?:use|usage|calls?|calling)\b|functions?\b(?! [`'\"])"
    r"(?:[- _]?call(?:s|ing)?)?)[`'\"]?"
)
_REFUSES_TOOLS = re.compile(
    rf"(?:not|n't) (?:currently )?(?:support|allow|permit|accept) (?:the )?"
    rf"(?:use of |usage of |parameters?:? \[?|param )?{_TOOLS}|"
    rf"(?:support|supports|supporting) {_TOOLS}[^.]{{0,20}}(?:not found|found)|no endpoints?[^.]*support {_TOOLS}|"
    rf"{_TOOLS}(?: param(?:eter)?s?)?(?: is| are)? (?:not (?:yet )?(?:support|allow|enabl|available|permit)|"
    r"unsupported|disabled)|不支持(?:工具|函数)|"
    rf"{_TOOLS} param(?:eter)? requires|"
    r"(?:unsupported|unknown|unrecogni[sz]ed|unexpected|extra|invalid) [a-z ]*?(?:param(?:eter)?s?|arguments?|"
    r"fields?|keys?|properties|property|name|inputs?)[a-z ]*:? [`'\"]?tools\b(?!\[|\.)",
    re.IGNORECASE,
)
_TOOL_CHOICE = re.compile(r"\btool[_ ]?choice\b|\bforc(?:ed?|ing) (?:a |the )?(?:tool|function)", re.IGNORECASE)
_STREAM = re.compile(r"\bstream(?:ing)?\b(?!_)|\bto stream\b", re.IGNORECASE)
_NAME = re.compile(
    r"(?:property|field|key|parameter|argument|input)s?(?:\(s\) in object)?:? [`'\"]name[`'\"]|"
    r"\bmessages(?:\[\d+\]|\.\d+)\.name\b|\('name' was unexpected",
    re.IGNORECASE,
)
_NO_TEXT = re.compile(
    r"content(?:[^.|]|\.(?=\S)){0,80}(?:<nil>|\bnil\b|null|nonetype|must be a string|"
    r"valid string|string type|expected a string|"
    r"required|missing)|(?:<nil>|\bnil\b|null|nonetype|missing|required)(?:[^.|]|\.(?=\S)){0,60}content\b",
    re.IGNORECASE,
)
_NOT_A_TEXT = re.compile(r"template[^|]*(?:nonetype|none|null)|nonetype[^|]*\bstr\b", re.IGNORECASE)
"""How templates fail that take the text of every message for one."""
_WANTS_REASONING = re.compile(
    r"reasoning_content[^|]{0,80}(?:must be passed back|is missing|is required|is empty|must be provided)|"
    r"missing[^|]{0,60}reasoning_content",
    re.IGNORECASE,
)
_SYSTEM = re.compile(
    r"\bsystem [`'\"]?(?:role|message|prompt|instruction)|\brole:? [`'\"]?system|roles? [`'\"]?system\b|"
    r"only user(?:,| and) assistant(?:,? and \w+)? roles|roles must alternate|developer instruction",
    re.IGNORECASE,
)
_DEVELOPER = re.compile(r"[`'\"]?\bdeveloper\b", re.IGNORECASE)
_WORDED = ("tools", "tool_choice", "name", "stream", "system", "developer", "content", NO_REASONING)
"""Those whose names are words of the language, too."""
_ABOUT_A_CALL = re.compile(r"attempted to call|no(?:t| such) tool|validation failed|signature", re.IGNORECASE)


def refused_of(said: Said, sent: Collection[str]) -> str | None:
    """The one of the `sent` arguments and fields that the server refuses; None where it refuses none of them."""
    if said.status not in _STATUSES:
        return None
    if NO_REASONING in sent and _WANTS_REASONING.search(said.every_word):
        return NO_REASONING
    sentences = re.split(r"(?<=[.!?])\s+|\n| \| ", said.every_word)
    told = (name for sentence in sentences if (name := _refused_in(sentence, sent)) is not None)
    return next(_named(said, sent), None) or next(told, None) or _refused_text(said, sent)


def _refused_text(said: Said, sent: Collection[str]) -> str | None:
    """Whether it is a message without a text that the server refuses, in words or where FastAPI says so."""
    text = said.every_word
    is_named = any(place.rpartition(".")[2] == "content" for place in said.named)
    if "content" in sent and (is_named or _NO_TEXT.search(text) or _NOT_A_TEXT.search(text)):
        return "content"
    return None


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
