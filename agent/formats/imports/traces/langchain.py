"""The events of LangChain's `astream_events(version="v2")`, one JSON object each.

https://reference.langchain.com/python/langchain-core/runnables/base/Runnable/astream_events: `event`, `run_id`,
`parent_ids`, `name`, `data`. Chunks and messages in `data` are written as whoever stored them chose: as dictionaries or
as LangChain's serialised objects. No event has a moment. A tool that runs models is a sub-agent.
"""

from typing import Any

from agent.events.types import Event, RunErrorCode
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.traces.dialogue import Dialogue
from agent.formats.imports.traces.messages import read_message, read_messages
from agent.formats.imports.usage import openai_usage
from agent.formats.imports.values import ending, items, json_text, mapping, mappings, text

__all__ = ["LangChainEvents"]

_QUIET = ("on_chain_", "on_prompt_", "on_parser_", "on_retriever_")


class LangChainEvents(Importer):
    """One stream of events: a turn for each run without a parent."""

    program = "langchain"
    timing = Timing.NONE
    live_timing = Timing.TOKENS

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._dialogue = Dialogue(self.telling)
        self._models: dict[str, _Model] = {}
        self._tools: dict[str, str] = {}
        """The call that each tool's run is of."""
        self._names: dict[str, str] = {}
        self._asked: list[tuple[str, str]] = []
        """The calls that no tool has taken yet: id and name."""

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """An event with the id of a run."""
        return text(value.get("event")).startswith("on_") and "run_id" in value

    def _kind(self, value: dict[str, Any]) -> str:
        return str(value.get("event") or super()._kind(value))[:80]

    def _tell(self, record: Record) -> bool:
        value = record.value
        at = record.at
        kind, run, data = text(value.get("event")), text(value.get("run_id")), mapping(value.get("data"))
        match kind:
            case "on_chat_model_start" | "on_llm_start":
                self._start_model(value, run, data, at)
            case "on_chat_model_stream" | "on_llm_stream":
                return self._stream(value, run, data.get("chunk"), at)
            case "on_chat_model_end" | "on_llm_end":
                return self._end_model(value, run, data.get("output"), at)
            case "on_tool_start":
                self._start_tool(value, run, data, at)
            case "on_tool_end" | "on_tool_error":
                self._end_tool(run, data, at)
            case "on_chain_start" if not items(value.get("parent_ids")):
                history = mapping(data.get("input"))
                self._dialogue.ask(read_messages(history.get("messages", history.get("input", data.get("input")))), at)
            case "on_chain_end" if not items(value.get("parent_ids")):
                self.telling.conclude(at)
            case "on_chain_error" if not items(value.get("parent_ids")):
                self.telling.fail(_error(data), RunErrorCode.MODEL_ERROR, at)
            case "on_custom_event":
                self.telling.custom(text(value.get("name")), data or value.get("data"), at)
            case _:
                return kind.startswith(_QUIET)
        return True

    def _agent(self, value: dict[str, Any], at: int | None) -> str | None:
        """The tool that a run is below of, which makes it a sub-agent's."""
        for parent in reversed(items(value.get("parent_ids"))):
            if isinstance(parent, str) and parent in self._tools:
                self.telling.begin_agent(parent, self._names[parent], at, call=self._tools[parent])
                return parent
        return None

    def _start_model(self, value: dict[str, Any], run: str, data: dict[str, Any], at: int | None) -> None:
        agent = self._agent(value, at)
        model = text(mapping(value.get("metadata")).get("ls_model_name"))
        self.telling.model = self.telling.model or model
        self._dialogue.ask(read_messages(mapping(data.get("input")).get("messages", data.get("input"))), at, agent)
        self.telling.step(at, agent)
        self._models[run] = _Model(agent, model)

    def _stream(self, value: dict[str, Any], run: str, chunk: Any, at: int | None) -> bool:
        if run not in self._models:
            self._start_model(value, run, {}, at)
        model, telling = self._models[run], self.telling
        if isinstance(chunk, str):
            chunk = {"content": chunk}
        if not isinstance(chunk, dict):
            return False
        fields = mapping(chunk.get("kwargs")) or mapping(chunk.get("message")) or chunk
        said = read_message({**fields, "type": "ai", "tool_calls": []})
        extra = mapping(fields.get("additional_kwargs"))
        if thought := said.reasoning or text(extra.get("reasoning_content")):
            if model.reasoning is None:
                model.reasoning = telling.begin_reasoning(at, agent=model.agent)
            telling.add_reasoning(model.reasoning, thought, at, agent=model.agent)
        if said.text or text(chunk.get("text")):
            self._close_reasoning(model, at)
            if model.text is None:
                model.text = telling.begin_text(at, agent=model.agent)
            telling.add_text(model.text, said.text or text(chunk.get("text")), at, agent=model.agent)
        for part in mappings(fields.get("tool_call_chunks")):
            self._call(model, part, at)
        self._use(model, fields)
        return True

    def _call(self, model: "_Model", part: dict[str, Any], at: int | None) -> None:
        id, name, index = text(part.get("id")), text(part.get("name")), str(part.get("index"))
        if index not in model.calls or (id and id != model.ids.get(index) and name):
            told = self.telling.begin_call(id, name, at, agent=model.agent)
            model.calls[index], model.ids[index] = told, id
            model.open_calls.append(told)
            self._asked.append((id, name))
        self.telling.add_arguments(model.calls[index], text(part.get("args")), at, agent=model.agent)

    def _use(self, model: "_Model", fields: dict[str, Any]) -> None:
        usage = openai_usage(fields.get("usage_metadata"), model.name)
        if usage is not None:
            model.has_usage = True
            self._dialogue.use(usage, model.agent)

    def _close_reasoning(self, model: "_Model", at: int | None) -> None:
        if model.reasoning is not None:
            self.telling.end_reasoning(model.reasoning, at, agent=model.agent)
            model.reasoning = None

    def _end_model(self, value: dict[str, Any], run: str, output: Any, at: int | None) -> bool:
        if run not in self._models:
            self._start_model(value, run, {}, at)
        model = self._models.pop(run)
        was_streamed = model.text is not None or bool(model.open_calls) or model.reasoning is not None
        self._close_reasoning(model, at)
        if model.text is not None:
            self.telling.end_text(model.text, at, agent=model.agent)
        for told in model.open_calls:
            self.telling.end_call(told, at, agent=model.agent)
        message = _message(output)
        if message is None:
            return was_streamed
        fields = mapping(message.get("kwargs")) or message
        if not model.has_usage:
            self._use(model, fields)
        if not was_streamed:
            said = read_message(message)
            self._dialogue.say(said, at, model.agent)
            self._asked += [(call.id, call.name) for call in said.calls]
        return True

    def _start_tool(self, value: dict[str, Any], run: str, data: dict[str, Any], at: int | None) -> None:
        name, given = text(value.get("name")), data.get("input")
        id = text(mapping(given).get("id")) or text(mapping(value.get("metadata")).get("tool_call_id"))
        asked = next((each for each in self._asked if each[0] == id or (not id and each[1] == name)), None)
        if asked is not None:
            self._asked.remove(asked)
        call = asked[0] if asked is not None else id or run
        if not self.telling.is_waiting(call):
            arguments = mapping(given).get("args", given)
            self.telling.call(call, name, {} if arguments is None else arguments, at, agent=self._agent(value, at))
        self._tools[run], self._names[run] = call, name
        self.telling.start_tool(call, at)

    def _end_tool(self, run: str, data: dict[str, Any], at: int | None) -> None:
        output, call = data.get("output"), self._tools.get(run, "")
        said = read_message(output) if isinstance(output, dict) else None
        if said is not None and said.results:
            given = said.results[0]
            known = given.call if self.telling.is_waiting(given.call) else call
            self.telling.result(known, given.content, at, is_error=given.is_error)
        elif "error" in data or output is None:
            self.telling.result(call, _error(data), at, is_error=True)
        else:
            self.telling.result(call, json_text(output), at)

    def end(self) -> list[Event]:
        """As of any importer."""
        for model in self._models.values():  # the recording ends in the middle of them
            self._close_reasoning(model, None)
        return super().end()


class _Model:
    """A model call that goes on."""

    def __init__(self, agent: str | None, name: str) -> None:
        self.agent, self.name = agent, name
        self.text: str | None = None
        self.reasoning: str | None = None
        self.calls: dict[str, str] = {}
        """The id that a call is told under, by its index."""
        self.ids: dict[str, str] = {}
        self.open_calls: list[str] = []
        self.has_usage = False


def _message(output: Any) -> dict[str, Any] | None:
    """The message of a model's output: itself, or in its generations."""
    found = mapping(output)
    generations = found.get("generations")
    while isinstance(generations, list) and generations:
        generations = generations[0]
    if isinstance(generations, dict):
        return mapping(generations.get("message")) or {"type": "ai", "content": text(generations.get("text"))}
    return found or ({"type": "ai", "content": output} if isinstance(output, str) else None)


def _error(data: dict[str, Any]) -> str:
    error = data.get("error")
    return ending(text(error) or json_text(error)) if error is not None else "The tool failed."
