"""What becomes of the user's answer to a tool that asks: the run has it, and the settings where it is for ever."""

from agent.conversation.decisions import Decision
from agent.errors import SettingsError
from agent.settings.file.writing import add_rule
from agent.settings.permissions import Rule
from agent.threads import in_thread
from tui.screens.chat.around import Around
from tui.screens.chat.turns.engines import Engines
from tui.screens.chat.turns.talks import Talk

__all__ = ["decide"]


async def decide(talk: Talk, engines: Engines, around: Around, call_id: str, decision: Decision) -> None:
    """Answer a tool that asks; `always` becomes a rule of the settings first, so that it is one."""
    if talk.run is None:
        return
    run = talk.run
    if decision.drops:
        calls = (call for turn in talk.session.conversation.runs for call in turn.calls)
        stop = next((call.stopped_at for call in calls if call.id == call_id), None)
        engines.permit(engines.permissions.passing(stop))
    if decision.kind == "always":
        decision = await _always(talk, engines, around, call_id)
    run.decide(call_id, decision)


async def _always(talk: Talk, engines: Engines, around: Around, call_id: str) -> Decision:
    call = next(call for run in talk.session.conversation.runs for call in run.calls if call.id == call_id)
    rule = Rule.of_tool(call.name)
    engine = engines.of(talk)
    path = engine.settings.file.path
    try:
        await in_thread(add_rule, path, "allow", rule.text)
    except SettingsError as error:
        around.notice(f"Allowed for this session only: {error}")
        return Decision("session")
    engines.permit(engine.permissions.allowing([rule]))
    around.notice(f"Allowed from now on: {rule.text}, in {path}")
    return Decision("always", rule=rule.text)
