"""One session that has everything an export must show, from a script of turns; and its lines."""

import json
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from agent.events import types as ev
from agent.events import wire
from agent.events.framing import Line

__all__ = ["END", "SHOWCASE", "as_lines", "showcase"]

END = "The last words."
_START = 1_795_446_245_123
"""2026-11-23, a little after three in the afternoon, UTC."""
_CODE = '''\
The **sum of squares** up to $n$ grows like a cube:

| n | sum |
|--:|:---:|
| 10 | 385 |
| 100 | 338350 |

```python
def total(n: int) -> int:
    """The sum of the squares up to n."""
    return n * (n + 1) * (2 * n + 1) // 6  # exact
```

1. It is *exact*.
2. See [the proof](https://example.org/proof), not [this](javascript:alert(1)) nor ![a picture](https://example.org/p.png).

> "Mathematics is the art of giving the same name to different things."
'''


class _Script:
    """Writes events, a little time apart."""

    def __init__(self) -> None:
        self.events: list[ev.Event] = []
        self.now = _START
        self.ids = count(1)

    def add(self, kind: type[ev.Event], after: int = 5, **fields: Any) -> None:
        self.now += after
        self.events.append(kind(timestamp=self.now, **fields))

    def begin(self, question: str, model: str = "openai:gpt-4o") -> None:
        run = f"run_{next(self.ids)}"
        message = ev.InputMessage(id=f"msg_{next(self.ids)}", role="user", content=question)
        given = ev.RunInput(thread_id="thread_1", run_id=run, messages=[message])
        self.run = run
        self.add(
            ev.RunStarted,
            90_000,
            thread_id="thread_1",
            run_id=run,
            input=given,
            metadata={"app": "tickertape", "model": model},
        )

    def step(self, number: int) -> None:
        self.add(ev.StepStarted, step_name=f"step {number}")

    def end_step(self, number: int) -> None:
        self.add(ev.StepFinished, step_name=f"step {number}")

    def think(self, text: str) -> None:
        name = f"msg_{next(self.ids)}"
        self.add(ev.ReasoningMessageStart, 300, message_id=name)
        for piece in _pieces(text):
            self.add(ev.ReasoningMessageContent, 15, message_id=name, delta=piece)
        self.add(ev.ReasoningMessageEnd, message_id=name)

    def say(self, text: str, *, whole: bool = True) -> None:
        name = f"msg_{next(self.ids)}"
        self.add(ev.TextMessageStart, 120, message_id=name, role="assistant")
        for piece in _pieces(text):
            self.add(ev.TextMessageContent, 15, message_id=name, delta=piece)
        if whole:
            self.add(ev.TextMessageEnd, message_id=name)

    def call(self, name: str, arguments: str, *, whole: bool = True) -> str:
        call = f"call_{next(self.ids)}"
        self.add(ev.ToolCallStart, 80, tool_call_id=call, tool_call_name=name)
        for piece in _pieces(arguments):
            self.add(ev.ToolCallArgs, 15, tool_call_id=call, delta=piece)
        if whole:
            self.add(ev.ToolCallEnd, tool_call_id=call)
        return call

    def work(self, *calls: tuple[str, str, int, bool]) -> None:
        """Run tools at once: the call, the result, the milliseconds it takes, whether it fails."""
        for call, _result, _took, _fails in calls:
            self.add(ev.Custom, 1, name=ev.TOOL_STARTED, value={"toolCallId": call})
        for call, result, took, fails in calls:
            metadata = {"durationMs": took, **({"error": True} if fails else {})}
            message = f"msg_{next(self.ids)}"
            self.add(ev.ToolCallResult, took, message_id=message, tool_call_id=call, content=result, metadata=metadata)

    def finish(self, answer: str, tools: list[str], read: int, written: int) -> None:
        usage = [ev.TokenUsage(model="gpt-4o", input_tokens=read, output_tokens=written)]
        result = {"answer": answer, "tools_used": tools}
        self.add(ev.RunFinished, thread_id="thread_1", run_id=self.run, result=result, usage=usage)


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), 7):
        yield text[start : start + 7]


def showcase() -> list[ev.Event]:
    """Parallel calls and an answer; reasoning, a table, code; a failure and foreign text; a cancel; a model's error."""
    script = _Script()
    script.begin("What is (3 + 4) * 2^5?")
    script.step(1)
    add, power = script.call("add", '{"x": 3, "y": 4}'), script.call("exponentiate", '{"x": 2, "y": 5}')
    script.work((add, "7", 1, False), (power, "32", 240, False))
    script.end_step(1)
    script.step(2)
    multiply = script.call("multiply", '{"x": 7, "y": 32}')
    script.work((multiply, "224", 1, False))
    script.say("(3 + 4) * 2^5 equals **224**.")
    script.end_step(2)
    script.finish("(3 + 4) * 2^5 equals **224**.", ["add", "exponentiate", "multiply"], 812, 64)

    script.begin(
        "Give me a closed form for the sum of the squares up to n, with a table, "
        "and code that I can paste into a file of my own to try it"
    )
    script.step(1)
    script.think("A closed form is known: n(n+1)(2n+1)/6.\n\nA table and code should do.")
    script.say(_CODE)
    script.end_step(1)
    script.finish(_CODE, [], 1_024, 180)

    script.begin("Look at this:\n\n    def f(x):\n        return x ** 2  # ```\n\nand tell what <b>it</b> does")
    script.step(1)
    script.add(
        ev.Custom,
        name=ev.RETRY,
        value={"attempt": 1, "maxAttempts": 3, "delayMs": 500, "reason": "429: try again in 0.5 s"},
    )
    script.say("Let me look it up.")
    search = script.call(
        "search", json.dumps({"query": "what is ```x ** 2```", "limits": {"count": 3, "languages": ["en", "de"]}})
    )
    read = script.call("read</summary><script>alert(1)</script>", '{"path": "/etc/passwd')
    script.work(
        (
            search,
            '[{"title": "Squares & <i>cubes</i>", "score": 0.93}, {"title": "\\u202eevil", "score": 0.1}]',
            1_830,
            False,
        ),
        (read, "PermissionError: ```\n</details>\n<script>alert(1)</script>\x1b[31m red \u202e desrever", 12, True),
    )
    script.end_step(1)
    script.step(2)
    script.say(
        "It squares `x`. <script>alert(1)</script> </details>\n\n```python\nthis fence is never clo", whole=False
    )
    script.add(ev.RunError, message="Cancelled.", code="cancelled")

    script.begin("And what of 12345 * 678?", model="openai:gpt-4o-mini")
    script.step(1)
    script.call("multiply", '{"x": 12345, "y": 67', whole=False)
    script.add(
        ev.RunError, message="the connection was lost: <https://api.example.org> [Errno 104]", code="model_error"
    )

    script.begin(END, model="openai:gpt-4o-mini")
    script.step(1)
    script.say(END)
    script.end_step(1)
    script.finish(END, [], 12, 4)
    return script.events


def as_lines(events: Iterable[ev.Event]) -> Iterator[Line]:
    """Events as the lines of a transcript."""
    end = 0
    for number, event in enumerate(events, start=1):
        raw = wire.encode(event)
        end += len(raw) + 1
        yield Line(number, raw, event, end)


SHOWCASE = showcase()
