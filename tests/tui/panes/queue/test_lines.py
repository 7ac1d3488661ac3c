"""What waits behind a turn."""

from tests.tui.panes.host import Host
from tui.panes.queue.lines import QueueLines


async def test_what_still_waits_is_told_again_without_a_layout() -> None:
    lines = QueueLines()
    app = Host(lines)
    async with app.run_test() as pilot:
        layouts: list[object] = []
        app.screen.screen_layout_refresh_signal.subscribe(app, layouts.append, immediate=True)
        lines.show(["Why?"])
        await pilot.pause()
        assert layouts
        layouts.clear()
        lines.show(["Why?"])
        await pilot.pause()
        assert not layouts
        lines.show(["Why?", "And then?"])
        await pilot.pause()
        assert layouts
