"""Which model or profile answers the next turns: what can be used now, found by typing; a provider's list on demand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from agent.errors import TickertapeError
from agent.figures import plural
from agent.settings.available import ListedModel, ModelSource
from agent.specs import AGENT
from agent.threads import in_thread
from tui.drawing.cells import flat
from tui.drawing.glyphs import Glyphs
from tui.widgets.bindings import bindings
from tui.widgets.line_input import LineInput
from tui.widgets.popup import Popup

__all__ = ["Catalogue", "Chosen", "ModelsScreen"]


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Where the screen asks; both block."""

    sources: Callable[[], list[ModelSource]]
    models: Callable[[str], list[ListedModel]]
    """Of a source, by its name; raises `ModelUnavailable`."""
    profiles: Mapping[str, str]
    """Those of the settings, by name, each with its model; '' where it names none."""


@dataclass(frozen=True)
class Chosen:
    """What was chosen: a model, or a profile."""

    model: str = ""
    """As `--model` takes it."""
    profile: str = ""


class ModelsScreen(Popup[Chosen | None]):
    """A list to choose from; gives None where nothing was chosen."""

    DEFAULT_CSS = """
    ModelsScreen {
        & > Vertical {
            width: 84;
            max-height: 90%;
        }
        OptionList { max-height: 20; }
        LineInput { background: $panel; }
        .models--told { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {"models.close": "dismiss", "models.up": "move(-1)", "models.down": "move(1)"}
    )

    def __init__(self, catalogue: Catalogue, chosen: str, recent: Sequence[str], glyphs: Glyphs) -> None:
        """`chosen` answers now; `recent` are others that this session or program has used."""
        super().__init__()
        self._catalogue = catalogue
        self._chosen = chosen
        self._recent = [spec for spec in dict.fromkeys((chosen, *recent)) if spec]
        self._glyphs = glyphs
        self._sources: list[ModelSource] = []
        self._models: dict[str, list[ListedModel]] = {}
        """What sources have said, by name."""
        self._told: dict[str, str] = {}
        """Why a source has said nothing, or that it is being asked."""
        self._filter = LineInput(placeholder="Type to find, or a whole PROVIDER:NAME")
        self._list = OptionList(markup=False)
        self._list.can_focus = False
        self._line = Static(classes="models--told")

    def compose(self) -> ComposeResult:
        """What is typed, what fits, what is told."""
        with Vertical() as box:
            box.border_title = "Models"
            box.border_subtitle = "Enter chooses, Esc closes"
            yield self._filter
            yield self._list
            yield self._line

    def on_mount(self) -> None:
        """The list comes in a moment: a keyring may have to be asked."""
        self._line.update(Content("Looking…"))
        self._look()

    @work(group="models", exclusive=True)
    async def _look(self) -> None:
        self._sources = await in_thread(self._catalogue.sources)
        self._line.update(Content(f"Now: {flat(self._chosen)}. For this session, from the next turn on."))
        self._fill()

    # The list

    def _rows(self) -> list[tuple[str, Content]]:
        """The lines that fit what is typed: what each chooses, and how it looks."""
        words = self._filter.value.lower().split()
        rows: list[tuple[str, Content]] = []
        for spec in self._recent:
            mark = self._glyphs.live if spec == self._chosen else self._glyphs.pending
            rows.append((f"use {spec}", Content.assemble(f"{mark} {flat(spec)}", ("  used here", "$foreground-muted"))))
        usable = [source for source in self._sources if source.problem is None]
        rows += self._source_rows(usable)
        for name, model_of in self._catalogue.profiles.items():
            told = f"  profile{f', {flat(model_of)}' if model_of else ''}"
            line = Content.assemble(f"{self._glyphs.pending} {flat(name)}", (told, "$foreground-muted"))
            rows.append((f"profile {name}", line))
        rows += self._source_rows([source for source in self._sources if source not in usable])
        fitting = [row for row in rows if all(word in _findable(row[0]) for word in words)]
        # The model that is typed may be one of those that a source was not asked for yet.
        unasked = [row for row in rows if row[0].startswith("ask ") and row not in fitting and self._is_unasked(row[0])]
        return fitting or unasked

    def _is_unasked(self, choice: str) -> bool:
        name = choice.removeprefix("ask ")
        source = next(source for source in self._sources if source.name == name)
        return source.can_list and source.problem is None and name not in self._models

    def _source_rows(self, sources: Sequence[ModelSource]) -> list[tuple[str, Content]]:
        rows: list[tuple[str, Content]] = []
        for source in sources:
            if source.name.startswith(AGENT):
                if source.problem is not None:
                    rows.append((f"ask {source.name}", self._source_line(source)))
                elif source.name not in self._recent:
                    line = Content.assemble(
                        f"{self._glyphs.pending} {flat(source.name)}", (f"  {flat(source.origin)}", "$foreground-muted")
                    )
                    rows.append((f"use {source.name}", line))
            elif source.name != "offline":
                rows.append((f"ask {source.name}", self._source_line(source)))
            elif "offline" not in self._recent:
                rows.append(("use offline", Content(f"{self._glyphs.pending} offline")))
            for model in self._models.get(source.name, ()):
                window = f"  {model.window:,} tokens" if model.window else ""
                rows.append(
                    (f"use {model.spec}", Content.assemble(f"    {flat(model.spec)}", (window, "$foreground-muted")))
                )
        return rows

    def _source_line(self, source: ModelSource) -> Content:
        if source.problem is not None:
            return Content.assemble(
                (f"{self._glyphs.failed} {flat(source.name)}", "$foreground-muted"),
                (f"  {flat(source.problem)}", "$foreground-muted"),
            )
        told = self._told.get(source.name, "Enter asks it for its models" if source.can_list else "type its model")
        if above := sum(model.spec in self._recent for model in self._models.get(source.name, ())):
            told = f"{told}, {above} of them at the top"
        sign = self._glyphs.unfolded if source.name in self._models else self._glyphs.folded
        return Content.assemble(f"{sign} {flat(source.name)}:", (f"  {flat(told)}", "$foreground-muted"))

    def _fill(self, *, is_new: bool = False) -> None:
        """Show what fits; the first of it is under the cursor where something else was typed."""
        option = None if is_new else self._list.highlighted_option
        before = option.id if option is not None else None
        rows = self._rows()
        typed = self._filter.value.strip()
        provider, colon, name = typed.partition(":")
        if typed == "offline" or (provider and colon and name and f"use {typed}" not in dict(rows)):
            whole = (f"use {typed}", Content(f"{self._glyphs.pending} {flat(typed)}"))
            rows.insert(0 if all(choice.startswith("ask ") for choice, _ in rows) else len(rows), whole)
        self._list.clear_options()
        seen: set[str] = set()
        for choice, line in rows:
            if choice not in seen:
                seen.add(choice)
                self._list.add_option(Option(line, id=choice))
        if rows:
            ids = [option.id for option in self._list.options]
            self._list.highlighted = ids.index(before) if before in ids else 0

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._fill(is_new=True)

    def action_move(self, by: int) -> None:
        """To the line before or after."""
        if by < 0:
            self._list.action_cursor_up()
        else:
            self._list.action_cursor_down()

    @on(Input.Submitted)
    def _enter(self, event: Input.Submitted) -> None:
        event.stop()
        if (option := self._list.highlighted_option) is not None and option.id is not None:
            self._choose(option.id)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self._choose(event.option_id)

    def _choose(self, choice: str) -> None:
        what, _, name = choice.partition(" ")
        if what in ("use", "profile"):
            self.dismiss(Chosen(model=name) if what == "use" else Chosen(profile=name))
            return
        source = next(source for source in self._sources if source.name == name)
        if source.problem is not None:
            self._line.update(Content(f"{flat(name)}: {flat(source.problem)}"))
        elif source.can_list and name not in self._models:
            self._told[name] = "asking…"
            self._fill()
            self._ask(name)
        else:
            self._filter.value = f"{name}:"
            self._filter.cursor_position = len(self._filter.value)

    @work(group="ask")
    async def _ask(self, name: str) -> None:
        try:
            models = await in_thread(self._catalogue.models, name)
        except TickertapeError as error:
            self._told[name] = str(error).removeprefix(f"{name}: ")
        else:
            self._models[name] = models
            self._told[name] = plural(len(models), "model") if models else "it has no models"
        self._fill()


def _findable(choice: str) -> str:
    """What is looked through for the words that are typed; a source is found by its colon, too."""
    return f"{choice}:".lower() if choice.startswith("ask ") else choice.lower()
