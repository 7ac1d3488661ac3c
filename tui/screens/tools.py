"""The tools that a model can call: where each comes from, what it takes, whether it asks, and whether it is on."""

import json
from collections.abc import Collection, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from agent.sources.source import ToolInfo
from tui.drawing.cells import flat, in_line
from tui.drawing.glyphs import Glyphs
from tui.key_labels import Keys
from tui.widgets.bindings import bindings
from tui.widgets.popup import Popup

__all__ = ["ToolsScreen"]

_WORDS = {"allow": "runs without a question", "ask": "asks before it runs", "deny": "never runs"}
_OFF = "off: the model is not told of it"
_MOST_NAME = 40
"""Cells of a name that a column is made for; a longer one pushes what stands behind it."""
_NONE = """\
There are no tools here. --tools FILE.py:NAME brings some of yours, [mcp.NAME] in the settings those of an MCP server;
an agent of another kind has its own."""


class ToolsScreen(Popup[frozenset[str]]):
    """A list and, below it, the tool that is stood on; gives the names of those that are off."""

    DEFAULT_CSS = """
    ToolsScreen {
        & > Vertical {
            width: 100;
            max-height: 90%;
        }
        OptionList { max-height: 14; }
        VerticalScroll { height: auto; max-height: 18; border-top: solid $panel; scrollbar-size-vertical: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings({"tools.toggle": "switch", "tools.close": "close"})

    def __init__(self, tools: Sequence[ToolInfo], off: Collection[str], glyphs: Glyphs, keys: Keys) -> None:
        """`off` names those that are off now."""
        super().__init__()
        self._tools = list(tools)
        self._off = set(off)
        self._glyphs = glyphs
        self._keys = keys
        self._width = min(_MOST_NAME, max((cell_len(flat(tool.name)) for tool in tools), default=0))
        """Cells of the names, so that what stands behind them stands in a column."""
        self._list = OptionList(*(Option(self._line(tool)) for tool in self._tools), markup=False)
        self._detail = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The tools, and one of them whole."""
        with Vertical() as box:
            box.border_title = "Tools"
            box.border_subtitle = self._keys.fill(
                "{tools.toggle} on or off, from the next turn on; {tools.close} closes"
            )
            yield self._list
            with VerticalScroll(can_focus=False):
                yield self._detail

    def on_mount(self) -> None:
        """The first tool."""
        self._list.focus()
        if self._tools:
            self._list.highlighted = 0
        else:
            self._list.display = False
            self._detail.update(Content(_NONE))

    def _line(self, tool: ToolInfo) -> Content:
        is_off = tool.name in self._off
        sign = self._glyphs.pending if is_off else self._glyphs.done
        asks = "off" if is_off else {"allow": "", "ask": "asks", "deny": "denied"}[tool.permission]
        name = flat(tool.name)
        return Content.assemble(
            (sign, "$foreground-muted" if is_off else "$text-success"),
            f" {name}{' ' * (self._width - cell_len(name))}",
            (f"  {asks:<6}", "$foreground-muted" if is_off else "$text-warning"),
            (f"  {flat(tool.origin)}", "$foreground-muted"),
        )

    @on(OptionList.OptionHighlighted)
    def _show(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._tell(self._tools[event.option_index])

    def _tell(self, tool: ToolInfo) -> None:
        """Show this tool whole."""
        rule = f" ({flat(tool.rule)})" if tool.rule else ""
        does = _OFF if tool.name in self._off else f"{_WORDS[tool.permission]}{rule}"
        schema = json.dumps(tool.schema, ensure_ascii=False, indent=2)
        self._detail.update(
            Content.assemble(
                (flat(tool.name), "bold"),
                (f"  {flat(tool.origin)}, {does}\n", "$foreground-muted"),
                f"{in_line(tool.description)}\n\n",
                (in_line(schema), "$foreground-muted"),
            )
        )

    def action_switch(self) -> None:
        """Have the tool that is stood on off, or on again."""
        index = self._list.highlighted
        if index is not None:
            tool = self._tools[index]
            self._off ^= {tool.name}
            self._list.replace_option_prompt_at_index(index, self._line(tool))
            self._tell(tool)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_switch()

    def action_close(self) -> None:
        """Keep what is on and off, and leave."""
        self.dismiss(frozenset(self._off))
