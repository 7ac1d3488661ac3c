"""Makes runs that answer, out of settings; imports LangChain, the model's client and the tools only in the work of one.

So a screen can be up, take a question and show it before anything heavy is loaded. What goes wrong while loading ends
the run with a plain message.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from agent.conversation.decisions import Decision
from agent.conversation.lineage import Lineage
from agent.conversation.prices import load_prices, usage_cost
from agent.conversation.reducer import Conversation
from agent.errors import RunFailed, UsageError
from agent.events.types import NOTICE, Custom, RunErrorCode, RunInput
from agent.recordings.what_if.plan import Plan
from agent.runs.run import Answer, Run, Work
from agent.secrets import Secrets
from agent.settings.permissions import Permissions
from agent.settings.providers import endpoint_of
from agent.settings.settings import Settings
from agent.sources.source import Served
from agent.threads import in_thread

if TYPE_CHECKING:
    from agent.sources.executor.loop import AgentExecutor
    from agent.sources.source import Source, ToolInfo

__all__ = ["BUILT_IN_TOOLS", "Engine"]

BUILT_IN_TOOLS = ("add", "subtract", "multiply", "divide", "exponentiate", "final_answer")
"""Their names, known without importing them; a test holds them against the tools."""

_NO_BREAKPOINTS = (
    "Breakpoints stop no tool that runs inside the agent; there it has to ask itself, by interrupts or LangChain's "
    "human-in-the-loop middleware"
)


class Engine:
    """Answers questions as the settings say: by a model, or by another agent."""

    def __init__(self, settings: Settings, *, is_apart: bool = True) -> None:
        """`is_apart` is whether an agent of the user's code has a process of its own: there it takes no time from a
        screen, and serves no clients."""
        self.settings = settings
        self.permissions = settings.permissions
        """The rules about tool calls; others hold from the next call on."""
        self.without: frozenset[str] = frozenset()
        """Names of tools that are not to be had, from the next turn on."""
        self.problem = ""
        """Why what answers could not be had when it was last tried; '' where nothing is known to be wrong."""
        self._is_apart = is_apart
        self._source: Source | None = None
        self._has_told_of_breakpoints = False
        self._untold: list[str] = []
        """What is wrong that fails nothing, until a run has told so."""
        self._loading: asyncio.Lock = asyncio.Lock()

    async def load(self) -> "Source":
        """Import and build what answers need, once, in a thread.

        Raises:
            UsageError: the model or the tools that were asked for cannot be had.
        """
        async with self._loading:
            if self._source is None:
                try:
                    source, self._untold = await in_thread(
                        _build, self.settings, lambda: self.permissions, is_apart=self._is_apart
                    )
                except UsageError as error:
                    self.problem = str(error)
                    raise
                self._source, self.problem = source, ""
            return self._source

    async def prepare(self, conversation: Conversation) -> None:
        """Do ahead, in a thread, what the next turn of `conversation` would wait for; nothing before it is loaded."""
        if self._source is not None:
            await in_thread(self._source.prepare, conversation)

    @property
    def is_loaded(self) -> bool:
        """Whether what answers is there."""
        return self._source is not None

    @property
    def tools(self) -> "Sequence[ToolInfo]":
        """The tools of ours that can be called in its turns; none before it is loaded."""
        return self._source.tools if self._source is not None else ()

    @property
    def can_be_steered(self) -> bool:
        """Whether what the user says to a running turn is told to it."""
        return self._source is None or self._source.can_be_steered

    def schema(self, tool: str, call_id: str | None = None) -> dict[str, Any]:
        """The JSON Schema of what a call that asks can be given, as far as it is known; empty before it is loaded."""
        return self._source.schema(tool, call_id) if self._source is not None else {}

    def start(
        self,
        question: str,
        conversation: Conversation,
        *,
        parts: Sequence[dict[str, Any]] = (),
        retry_of: str | None = None,
        lineage: Lineage | None = None,
    ) -> Run:
        """A run that answers `question` after the turns of `conversation`; it begins when it is entered.

        `retry_of` names the run that it asks again; `lineage` is where the turn branches off.
        """
        work = partial(self._work, conversation=conversation, retry_of=retry_of)
        thread = conversation.thread_id
        return self._run(work, question, parts=parts, thread_id=thread, retry_of=retry_of, lineage=lineage)

    def branch(self, plan: Plan) -> Run:
        """A run that tells a recorded one again as far as `plan` follows it, and goes on from there otherwise."""
        begun = plan.begun()
        turn = begun.runs[-1]
        return self._run(
            partial(self._go_on, plan=plan, retry_of=turn.retry_of),
            turn.question if plan.question is None else plan.question,
            parts=[part for part in turn.parts if isinstance(part, dict)],
            thread_id=begun.thread_id,
            retry_of=turn.retry_of,
            lineage=plan.lineage,
            earlier=plan.earlier,
            ago=plan.elapsed,
        )

    def _run(self, work: Work, question: str, *, retry_of: str | None, **more: Any) -> Run:
        settings = self.settings
        metadata: dict[str, Any] = {"model": settings.shown_model}
        if not settings.asks_agent:
            metadata["tools"] = [*BUILT_IN_TOOLS, *settings.tools] if settings.use_tools else []
            metadata["maxIterations"] = settings.max_iterations
        if retry_of is not None:
            metadata["retryOf"] = retry_of
        return Run(work, question, metadata=metadata, secrets=settings.secrets, **more)

    def serve(self, request: RunInput, conversation: Conversation, answers: Mapping[str, Decision]) -> Run:
        """A run that a client asked for; the last turn of `conversation` is its own, and goes on.

        `answers` are the client's to calls that asked, by their ids; for others the run ends, and waits.
        """
        turn = conversation.runs[-1]
        return Run(
            partial(self._serve, conversation=conversation, request=request),
            turn.question,
            parts=turn.parts,
            thread_id=request.thread_id or None,
            run_id=request.run_id or None,
            message_id=turn.asked[-1] if turn.asked else None,
            metadata={} if self.settings.asks_agent else {"model": self.settings.model},
            answers=answers,
            secrets=self.settings.secrets,
        )

    async def _work(self, run: Run, conversation: Conversation, retry_of: str | None) -> Answer:
        return await (await self._loaded(run)).work(run, conversation, without=retry_of)

    async def _serve(self, run: Run, conversation: Conversation, request: RunInput) -> Answer:
        source = await self._loaded(run)
        if not isinstance(source, Served):
            raise RunFailed(RunErrorCode.MODEL_ERROR, "This agent is behind a URL already: ask it there")
        return await source.serve(run, conversation, request)

    async def _go_on(self, run: Run, plan: Plan, retry_of: str | None) -> Answer:
        state = plan.past()
        state.apply(run.started)
        for event in plan.retold(float(run.started.timestamp or 0)):
            run.emit(event)
            state.apply(event)
        if plan.is_cut:
            state.apply_all(run.queue.close_parts(run.now()))
        run.steering += plan.say
        source = await self._loaded(run)
        from agent.sources.executor.continuing import Continued  # it stands on LangChain, which is loaded now
        from agent.sources.executor.loop import AgentExecutor

        if not isinstance(source, AgentExecutor):
            raise RunFailed(RunErrorCode.MODEL_ERROR, "only a model can go on from the middle of a turn")
        continued = Continued(turn=state.runs[-1], pending=plan.pending, answers=plan.answers())
        return await source.branch(run, state, continued, without=retry_of)

    async def _loaded(self, run: Run) -> "Source":
        """The source; what is wrong that fails nothing is told in `run`."""
        try:
            source = await self.load()
        except UsageError as error:
            raise RunFailed(RunErrorCode.UNAVAILABLE, str(error)) from error
        untold, self._untold = self._untold, []
        if self.settings.asks_agent and self.permissions.breakpoints and not self._has_told_of_breakpoints:
            self._has_told_of_breakpoints = True
            untold.append(_NO_BREAKPOINTS)
        for problem in untold:
            run.emit(Custom(timestamp=run.now(), name=NOTICE, value={"reason": problem}))
        return source.without(self.without) if self.without else source


def _build(settings: Settings, permissions: Callable[[], Permissions], *, is_apart: bool) -> "tuple[Source, list[str]]":
    """Who makes the turns, and what is wrong that fails nothing; takes about a second, most of it imports."""
    _forbid_telemetry()
    # Imported here and nowhere above: this is the one door to LangChain for everything that draws.
    if settings.asks_agent:
        from agent.sources.agents import build_agent

        return build_agent(settings, permissions, is_apart=is_apart)
    return _build_executor(settings, permissions)


def _forbid_telemetry() -> None:
    """LangChain reports runs to LangSmith where the environment says so; nothing is sent from here but to the model."""
    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"):
        os.environ[name] = "false"


def _build_executor(settings: Settings, permissions: Callable[[], Permissions]) -> "tuple[AgentExecutor, list[str]]":
    from agent.sources.context.learned import WindowFile
    from agent.sources.executor.loop import AgentExecutor
    from agent.sources.models.build import build_model
    from agent.sources.tools.calls.loop import ToolLoop
    from agent.sources.tools.load import default_tools, load_servers, load_tools

    endpoint = endpoint_of(settings.model, settings.providers, settings.environ)
    loop = ToolLoop()
    origins: dict[str, str] = {}
    users = load_tools(settings.tools, loop, origins, settings.place_of_tools) if settings.use_tools else []
    servers, problems = load_servers(settings.mcp if settings.use_tools else {}, settings)
    users += servers
    origins |= {tool.name: f"MCP server {tool.name.split('__')[1]}" for tool in servers}
    executor = AgentExecutor(
        build_model(
            endpoint.spec,
            base_url=endpoint.base_url,
            api_key=endpoint.api_key,
            headers=endpoint.headers,
            temperature=settings.temperature,
            offline_rate=settings.offline_rate,
        ),
        [*default_tools(), *users] if settings.use_tools else [],
        settings.max_iterations,
        system=settings.system,
        needs_approval=[tool.name for tool in users],
        origins=origins,
        permissions=permissions,
        tool_loop=loop,
        model_name=settings.model,
        past=settings.past,
        window=settings.window,
        learned=WindowFile(settings.data_dir, endpoint.spec, endpoint.base_url),
        first_token_timeout=settings.first_token_timeout,
        chunk_timeout=settings.chunk_timeout,
        secrets=Secrets.of(settings.environ, endpoint.api_key, endpoint.base_url, headers=endpoint.headers),
        cost=_cost_of(settings),
    )
    executor.warm_up()
    return executor, problems


def _cost_of(settings: Settings) -> Callable[[Run], float | None]:
    """What runs of OpenAI's own models have cost so far; where a breakpoint asks for it, prices are loaded."""
    prices = cache(lambda: load_prices("openai") if settings.asks_openai else None)

    def cost(run: Run) -> float | None:
        price = prices()
        return None if price is None else usage_cost(price, settings.model, run.usage)

    return cost
