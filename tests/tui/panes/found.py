"""Sessions in which there is something to find, and what a reader sees marked."""

from textual.strip import Strip
from textual.widget import Widget

from agent.conversation.finding import Finder, Hits
from tests.tui.panes.gallery import GALLERY
from tests.tui.panes.talk import Talk
from tui.drawing.markdown.shown import shown_lines

__all__ = ["find", "marked", "searched"]


def searched() -> Talk:
    """Two turns with matches of `wrap` in everything that is searched, wide and hostile text among it."""
    talk = Talk()
    talk.ask("Why do words\twrap, and 日本 too? " * 3).step()
    talk.think("Words **wra**p.\n\nSo be it.")
    arguments = '{"words": ["one", "wrap two"], "x": {"deep": {"word": "wrap"}}, "code": "def wrap(x):\\n    return x"}'
    talk.whole_call("wrap", arguments, "wrapped [b]words[/b] and \x1b[31mmore that are cut at the edge, wrap")
    talk.begin().say(GALLERY.replace("a note that is long", "a wrapped note that is long")).done()
    talk.ask("And then?")
    talk.begin().say("It").failed("model_error", "401: the wrap was refused")
    return talk


def find(talk: Talk, query: str) -> Hits:
    """What is found of the query."""
    return Finder(shown_lines).find(talk.conversation.runs, query)


def marked(widget: Widget, name: str) -> list[str]:
    """The text that is drawn on the background of a component class, line by line."""
    background = widget.get_component_rich_style(name).bgcolor
    strips: list[Strip] = [widget.render_line(y) for y in range(widget.size.height)]
    texts = ["".join(text for text, style, _ in strip if style and style.bgcolor == background) for strip in strips]
    return [text for text in texts if text]
