"""Opens and closes sessions one after the other in one process, and prints the memory after each, in megabytes.

Usage: reopening FOLDER [collect], of saved sessions; `collect` has the garbage collector run after each, so that what
still grows is a leak. It runs the whole app on a headless screen, because no key opens a session
by its file.
"""

import asyncio
import gc
import json
import os
import sys
from pathlib import Path

from textual.pilot import Pilot

from agent.settings.settings import Settings
from tui.app.app import TickertapeApp
from tui.screens.chat.controller import ChatController
from tui.screens.chat.screen import ChatScreen

__all__ = ["memory_after_each"]

_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEGABYTE = 2**20
_DEADLINE = 30.0


async def memory_after_each(paths: list[Path], data_dir: Path, *, collect: bool) -> list[float]:
    """Open and close each session; gives the resident megabytes after each."""
    app = TickertapeApp(Settings(model="offline", data_dir=data_dir))
    memory = []
    async with app.run_test(size=(120, 40)) as pilot:
        chat = await _chat(pilot)
        for path in paths:
            await chat.open(path)
            await pilot.pause(0.2)
            chat.show()
            await pilot.pause(0.2)
            if collect:
                gc.collect()
            memory.append(_memory())
    return memory


def _memory() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / _MEGABYTE


async def _chat(pilot: Pilot[int]) -> ChatController:
    """The chat, when it has loaded all that it needs."""
    async with asyncio.timeout(_DEADLINE):
        while not isinstance(screen := pilot.app.screen, ChatScreen) or screen.chat is None:
            await pilot.pause(0.05)
        await screen.chat.load()
    await pilot.pause(0.5)
    return screen.chat


if __name__ == "__main__":
    _folder = Path(sys.argv[1])
    _paths = sorted(_folder.glob("*.jsonl"))
    sys.stdout.write(json.dumps(asyncio.run(memory_after_each(_paths, _folder, collect="collect" in sys.argv))))
