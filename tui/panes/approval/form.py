"""A call's arguments to be edited before it runs: a field for each, as the tool's schema says, or all of it as JSON.

What cannot be what the schema says is told at its field.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from tui.drawing.calls.fields import Field, fields_of, read_json, value_of
from tui.drawing.cells import flat
from tui.widgets.bindings import bindings
from tui.widgets.line_input import LineInput, LinesInput

__all__ = ["ArgumentsForm"]


class ArgumentsForm(Vertical):
    """Fields, or one text of JSON; posts the arguments when they are sent."""

    DEFAULT_CSS = """
    ArgumentsForm {
        height: auto;
        max-height: 100%;
        & > VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
        .form--field { height: auto; }
        .form--label { color: $text-accent; }
        .form--problem { color: $text-error; display: none; }
        .form--problem.-told { display: block; }
        LineInput { border: none; background: $panel; }
        TextArea, TextArea:focus { border: none; background: $panel; }
        TextArea { height: auto; min-height: 1; max-height: 10; padding: 0; }
        #json { height: auto; min-height: 3; max-height: 24; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings({"arguments.run": "send", "arguments.switch": "switch"})

    is_json: var[bool] = var(False)
    """Whether the arguments are shown as one text."""

    @dataclass
    class Sent(Message):
        """The tool is to run with these."""

        arguments: dict[str, Any]

    def __init__(self, arguments: Mapping[str, Any], schema: Mapping[str, Any], *, id: str | None = None) -> None:
        """`schema` is the tool's JSON Schema; an empty one tells nothing."""
        super().__init__(id=id)
        self._arguments = dict(arguments)
        self._schema = schema
        self._fields: list[Field] = []
        self._inputs: list[Widget] = []

    def compose(self) -> ComposeResult:
        """Nothing yet; the fields come when it is mounted."""
        yield VerticalScroll(can_focus=False)
        yield Static(classes="form--problem", id="problem")

    async def on_mount(self) -> None:
        """Show the fields."""
        await self._fill()

    async def _fill(self) -> None:
        body = self.query_one(VerticalScroll)
        await body.remove_children()
        self._fields = fields_of(self._arguments, self._schema)
        self._inputs = []
        if self.is_json:
            area = LinesInput(json.dumps(self._arguments, ensure_ascii=False, indent=2), id="json")
            self._inputs.append(area)
            await body.mount(area)
        for field in self._fields if not self.is_json else ():
            label = Content.assemble(
                (flat(field.name), "bold"),
                f"  {field.allowed}",
                ", may be left out" if self._schema and not field.is_required else "",
            )
            words = f"  {flat(field.words)}" if field.words else ""
            widget = _input(field)
            self._inputs.append(widget)
            await body.mount(
                Vertical(
                    Static(Content.assemble(label, (words, "$foreground-muted")), classes="form--label"),
                    widget,
                    Static(classes="form--problem"),
                    classes="form--field",
                )
            )
        self._tell("")
        if self._inputs:
            self._inputs[0].focus()

    def _read(self) -> dict[str, Any] | None:
        """The arguments as they stand; None where they cannot be read, which is told."""
        return self._read_json() if self.is_json else self._read_fields()

    def _read_json(self) -> dict[str, Any] | None:
        try:
            value = read_json(_written(self._inputs[0]))
        except json.JSONDecodeError as error:
            self._tell(f"line {error.lineno}, column {error.colno}: {error.msg}")
            return None
        except (ValueError, RecursionError):
            self._tell("this is no JSON")
            return None
        if not isinstance(value, dict):
            self._tell("an object is needed: { … }")
            return None
        return value

    def _read_fields(self) -> dict[str, Any] | None:
        read: dict[str, Any] = {}
        first_wrong: Widget | None = None
        for field, widget in zip(self._fields, self._inputs, strict=True):
            text = _written(widget)
            problem = ""
            if not text and not field.is_given and not field.is_required:
                pass
            elif not text and field.kind not in ("text", "lines") and not field.is_required:
                pass  # it was emptied, so it is left out
            else:
                try:
                    read[field.name] = value_of(field, text)
                except ValueError as error:
                    problem = str(error)
                    first_wrong = first_wrong or widget
            told = next(iter(widget.parent.query(".form--problem"))) if isinstance(widget.parent, Widget) else None
            if isinstance(told, Static):
                told.update(Content(problem))
                told.set_class(bool(problem), "-told")
        if first_wrong is not None:
            first_wrong.focus()
            return None
        return read

    def _tell(self, problem: str) -> None:
        told = self.query_one("#problem", Static)
        told.update(Content(problem))
        told.set_class(bool(problem), "-told")

    def action_send(self) -> None:
        """Send the arguments, where they can be read."""
        if (arguments := self._read()) is not None:
            self.post_message(self.Sent(arguments))

    @on(Input.Submitted)
    def _take_line(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_send()

    async def action_switch(self) -> None:
        """Show the arguments the other way, as they stand."""
        if (arguments := self._read()) is not None:
            self._arguments = arguments
            self.is_json = not self.is_json
            await self._fill()


def _input(field: Field) -> Widget:
    if field.kind in ("lines", "json"):
        return LinesInput(field.text)
    return LineInput(field.text, placeholder="" if field.is_required else "left out")


def _written(widget: Widget) -> str:
    return widget.text if isinstance(widget, TextArea) else widget.value if isinstance(widget, Input) else ""
