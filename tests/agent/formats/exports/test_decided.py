"""What the user made of a call that asked is in every export that people or scripts read."""

import json

from agent.conversation.decisions import Decision
from agent.events import types as ev
from agent.formats.exports.export import ExportFormat, export
from tests.agent.formats.exports.showcase import as_lines

_START = 1_700_000_000_000


def exported(decision: Decision, form: ExportFormat) -> str:
    """A session whose one call asked and was decided upon."""
    events: list[ev.Event] = [
        ev.RunStarted(thread_id="t", run_id="r", timestamp=_START + 1_000),
        ev.ToolCallStart(tool_call_id="c", tool_call_name="remove", timestamp=_START + 2_000),
        ev.ToolCallArgs(tool_call_id="c", delta='{"path": "/"}', timestamp=_START + 3_000),
        ev.ToolCallEnd(tool_call_id="c", timestamp=_START + 4_000),
        ev.Custom(name=ev.APPROVAL, value={"toolCallId": "c", "state": "requested"}, timestamp=_START + 5_000),
        ev.Custom(name=ev.APPROVAL, value={"toolCallId": "c", **decision.told()}, timestamp=_START + 9_000),
        ev.RunError(message="", code="cancelled", timestamp=_START + 10_000),
    ]
    return b"".join(export(as_lines(events), form, session_id="s")).decode()


def test_the_reason_of_a_rejection_is_exported() -> None:
    decision = Decision("denied", reason="<b>never</b> that")
    assert "*Not allowed: \\<b>never\\</b> that*" in exported(decision, "markdown").replace("&lt;", "\\<")
    assert "<h3>Not allowed: &lt;b&gt;never&lt;/b&gt; that</h3>" in exported(decision, "html")


def test_changed_arguments_are_exported() -> None:
    decision = Decision("once", arguments={"path": "notes/a"})
    assert '*Allowed with other arguments*\n\n```json\n{\n  "path": "notes/a"\n}\n```' in exported(decision, "markdown")
    page = exported(decision, "html")
    assert "<h3>Allowed with other arguments</h3>" in page
    assert "notes/a" in page


def test_scripts_get_the_decision_with_its_times() -> None:
    decision = Decision("denied", reason="no", rule="")
    call = json.loads(exported(decision, "json"))["turns"][0]["steps"][0]["calls"][0]
    assert call["decision"] == {"state": "denied", "reason": "no"}
    assert (call["asked"], call["decided"]) == ("2023-11-14T22:13:25.000Z", "2023-11-14T22:13:29.000Z")
