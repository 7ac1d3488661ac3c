"""What the user made of a call that asked is shown: in the log, in the steps, and where the call is shown whole."""

from agent.conversation.decisions import Decision
from tests.tui.panes.host import Host, shown
from tests.tui.panes.script import Script
from tui.panes.call.detail import CallDetail
from tui.panes.log.log import MessageLog
from tui.panes.steps.tree import ToolTree

DENIED = Decision("denied", reason="rm is not needed here")
EDITED = Decision("once", arguments={"path": "notes/a", "force": False})


def decided(decision: Decision, result: str = "") -> Script:
    """A call that asked, was decided upon, and may have got a result."""
    script = Script().ask("Tidy up").step()
    call = script.call("remove")
    script.write(call, ['{"path": "/"}']).end(call).ask_approval(call).wait(3_000).decide(call, decision)
    if result:
        script.result(call, result, error=not decision.allows)
    return script


async def rows(script: Script) -> list[str]:
    tree = ToolTree()
    async with Host(tree).run_test(size=(60, 24)) as pilot:
        tree.show(script.conversation.runs)
        await pilot.pause()
        return [line.strip() for line in shown(tree).splitlines()]


async def log_lines(script: Script) -> str:
    log = MessageLog()
    async with Host(log).run_test(size=(60, 24)) as pilot:
        log.show(script.conversation.runs)
        await pilot.pause()
        return " ".join(shown(log).split())


async def detail_lines(script: Script) -> list[str]:
    detail = CallDetail(script.run.calls[0], script.run)
    async with Host(detail).run_test(size=(90, 40)):
        return shown(detail).splitlines()


async def test_changed_arguments_stand_under_those_of_the_model() -> None:
    script = decided(EDITED, "removed")
    lines = await rows(script)
    assert lines[-5:] == [
        'path: "/"',
        "allowed with other arguments:",
        'path: "notes/a"',
        "force: false",
        "→ removed",
    ]
    assert 'remove: allowed with other arguments: {"path": "notes/a", "force": false}' in await log_lines(script)
    detail = await detail_lines(script)
    assert "decision        allowed with other arguments, after 3.0 s" in detail
    assert detail[detail.index("Arguments as you changed them") + 1] == '{"path": "notes/a", "force": false}'


async def test_why_a_call_was_not_allowed_is_said_once_in_each_pane() -> None:
    assert "not allowed: rm is not needed here" in await rows(decided(DENIED))
    told = decided(DENIED, "The user did not allow this call. The user says: rm is not needed here")
    assert sum("rm is not needed here" in line for line in await rows(told)) == 1
    assert (await log_lines(told)).count("remove: not allowed: rm is not needed here") == 1
    assert "decision        not allowed: rm is not needed here, after 3.0 s" in await detail_lines(told)


async def test_a_call_that_was_simply_allowed_leaves_the_log_as_it_is() -> None:
    script = decided(Decision("session"), "removed")
    assert "allowed" not in await log_lines(script)
    assert "decision        allowed for this session, after 3.0 s" in await detail_lines(script)


async def test_a_decision_that_comes_while_the_tree_is_shown_is_drawn() -> None:
    script = Script().ask("Tidy up").step()
    call = script.call("remove")
    script.write(call, ['{"path": "/"}']).end(call)
    tree = ToolTree()
    async with Host(tree).run_test(size=(60, 24)):
        tree.show(script.conversation.runs)
        script.decide(call, EDITED)
        tree.update_run(script.run)
        assert 'path: "notes/a"' in shown(tree)


async def test_foreign_words_in_a_decision_are_drawn_and_not_obeyed() -> None:
    script = decided(Decision("denied", reason="[b]no\x1b[31m"))
    assert "[b]no␛[31m" in await log_lines(script)
    assert "not allowed: [b]no␛[31m" in await rows(script)
