"""Sessions for widget tests, made the only way there is: by folding events."""

from collections.abc import Iterable
from itertools import count

from agent.conversation.decisions import Decision
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.events import types as ev

START = 1_700_000_000_000.0


class Script:
    """Writes events, a moment apart, into a conversation."""

    def __init__(self) -> None:
        self.conversation = Conversation()
        self.now = START
        self._ids = count(1)
        self._run_id = ""
        self._step = ""

    @property
    def run(self) -> Run:
        """The newest run."""
        return self.conversation.runs[-1]

    def wait(self, milliseconds: float) -> "Script":
        self.now += milliseconds
        return self

    def ask(self, question: str, *, model: str = "offline", max_iterations: int = 10) -> "Script":
        self._run_id = f"run-{next(self._ids)}"
        messages = [ev.InputMessage(id="q", role="user", content=question)]
        return self._apply(
            ev.RunStarted(
                thread_id="t",
                run_id=self._run_id,
                input=ev.RunInput(thread_id="t", run_id=self._run_id, messages=messages),
                metadata={"app": "tickertape", "model": model, "maxIterations": max_iterations},
                timestamp=self.now,
            )
        )

    def step(self, name: str = "") -> "Script":
        if self._step:
            self.end_step()
        self._step = name or f"step {len(self.run.steps) + 1}"
        return self._apply(ev.StepStarted(step_name=self._step, timestamp=self.now))

    def node(self, name: str) -> "Script":
        value = {"task": name, "name": name, "state": "running"}
        return self._apply(ev.Custom(name=ev.NODE, value=value, timestamp=self.now))

    def end_step(self) -> "Script":
        self._apply(ev.StepFinished(step_name=self._step, timestamp=self.now))
        self._step = ""
        return self

    def call(self, name: str, *, id: str | None = None) -> str:
        """Begin a call; gives its id."""
        call_id = id or f"call-{next(self._ids)}"
        self._apply(ev.ToolCallStart(tool_call_id=call_id, tool_call_name=name, timestamp=self.now))
        return call_id

    def write(self, call_id: str, pieces: Iterable[str], *, pause: float = 20) -> "Script":
        for piece in pieces:
            self.now += pause
            self._apply(ev.ToolCallArgs(tool_call_id=call_id, delta=piece, timestamp=self.now))
        return self

    def end(self, call_id: str) -> "Script":
        return self._apply(ev.ToolCallEnd(tool_call_id=call_id, timestamp=self.now))

    def start_tool(self, call_id: str) -> "Script":
        return self._apply(ev.Custom(name=ev.TOOL_STARTED, value={"toolCallId": call_id}, timestamp=self.now))

    def ask_approval(self, call_id: str) -> "Script":
        value = {"toolCallId": call_id, "state": "requested"}
        return self._apply(ev.Custom(name=ev.APPROVAL, value=value, timestamp=self.now))

    def decide(self, call_id: str, decision: Decision) -> "Script":
        """Have the user answer a call that asks."""
        value = {"toolCallId": call_id, **decision.told()}
        return self._apply(ev.Custom(name=ev.APPROVAL, value=value, timestamp=self.now))

    def result(self, call_id: str, content: str, *, ms: float = 1, error: bool = False) -> "Script":
        self.now += ms
        return self._apply(
            ev.ToolCallResult(
                message_id=f"m-{call_id}",
                tool_call_id=call_id,
                content=content,
                timestamp=self.now,
                metadata={"durationMs": ms, "error": error},
            )
        )

    def whole_call(self, name: str, arguments: str, content: str, *, ms: float = 1, error: bool = False) -> str:
        call_id = self.call(name)
        self.write(call_id, [arguments[n : n + 4] for n in range(0, len(arguments), 4)]).end(call_id)
        self.start_tool(call_id).result(call_id, content, ms=ms, error=error)
        return call_id

    def text(self, pieces: Iterable[str]) -> "Script":
        message_id = f"text-{next(self._ids)}"
        self._apply(ev.TextMessageStart(message_id=message_id, timestamp=self.now))
        for piece in pieces:
            self.now += 20
            self._apply(ev.TextMessageContent(message_id=message_id, delta=piece, timestamp=self.now))
        return self._apply(ev.TextMessageEnd(message_id=message_id, timestamp=self.now))

    def reason(self, pieces: Iterable[str]) -> "Script":
        """Begin to reason."""
        message_id = f"reasoning-{next(self._ids)}"
        self._apply(ev.ReasoningMessageStart(message_id=message_id, timestamp=self.now))
        for piece in pieces:
            self.now += 20
            self._apply(ev.ReasoningMessageContent(message_id=message_id, delta=piece, timestamp=self.now))
        return self

    def answered(self, answer: str = "", *, output_tokens: int | None = None) -> "Script":
        if self._step:
            self.end_step()
        usage = None if output_tokens is None else [ev.TokenUsage(output_tokens=output_tokens)]
        return self._apply(
            ev.RunFinished(
                thread_id="t",
                run_id=self._run_id,
                result={"answer": answer, "tools_used": []},
                usage=usage,
                timestamp=self.now,
            )
        )

    def failed(self, code: str, message: str) -> "Script":
        self._step = ""
        return self._apply(ev.RunError(message=message, code=code, timestamp=self.now))

    def _apply(self, event: ev.Event) -> "Script":
        self.conversation.apply(event)
        return self


def arithmetic() -> Script:
    """The session of the pictures: two parallel calls, one after them, and an answer that is being written."""
    script = Script().ask("What is (3 + 4) * 2^5?").wait(310).step()
    add, power = script.call("add"), script.call("exponentiate")
    script.write(add, ['{"x"', ": 3, ", '"y": 4}']).write(power, ['{"x": 2', ', "y": 5}']).end(add).end(power)
    script.start_tool(add).start_tool(power).result(add, "7").result(power, "32").wait(200).step().wait(250)
    script.whole_call("multiply", '{"x": 7, "y": 32}', "224")
    script.wait(120).step().wait(200)
    answer = script.call("final_answer")
    script.write(answer, ['{"answer": "(3 + 4) * 2^5', " equals 2"])
    return script
