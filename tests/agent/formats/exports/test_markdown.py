"""The Markdown export: nothing foreign reaches beyond its place, and all of it is there."""

from hypothesis import example, given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.formats.exports.contained import contained, escaped, fenced
from agent.formats.exports.export import export
from agent.formats.exports.words import on_one_line, pretty
from agent.text import visible
from tests.agent.formats.exports.hostile import HOSTILE
from tests.agent.formats.exports.showcase import SHOWCASE, as_lines
from tests.agent.strategies import conversations

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _tokens(text: str) -> list[Token]:
    return MARKDOWN.parse(text)


@given(HOSTILE.filter(str.strip))
@example("12. x")
@example("#")
@example("a #")
def test_an_escaped_line_shows_just_its_text(text: str) -> None:
    line = on_one_line(text)
    for before, kinds in (("# ", ["heading_open"]), ("> ", ["blockquote_open", "paragraph_open"])):
        tokens = _tokens(f"{before}{escaped(text)}\n")
        assert [token.type for token in tokens[: len(kinds)]] == kinds
        shown = [token for token in tokens if token.type == "inline"]
        assert len(shown) == 1
        for token in shown:
            children = token.children or []
            assert {child.type for child in children} <= {"text", "text_special"}
            assert "".join(child.content for child in children) == line


@given(HOSTILE)
def test_a_fence_ends_where_its_text_does(text: str) -> None:
    tokens = _tokens(fenced(text) + "# after\n")
    assert [token.type for token in tokens] == ["fence", "heading_open", "inline", "heading_close"]
    assert tokens[0].content == visible(text).replace("\x00", "\ufffd") + "\n"


@given(HOSTILE)
@example("```\nopen")
@example("- ```\n  open")
@example("<!-- open")
@example("\\<b>")
@example("<div>\n\\<b>")
@example("| a |\n|---|\n| <b> |")
def test_what_is_contained_ends_before_what_follows(text: str) -> None:
    tokens = _tokens(contained(text) + "\n# after\n")
    assert [token.content for token in tokens[-3:]] == ["", "after", ""]
    assert (tokens[-3].type, tokens[-3].level) == ("heading_open", 0)
    inline = [child for token in tokens for child in token.children or ()]
    assert not any(token.type == "html_block" for token in tokens)
    assert all(child.content == "<br>" for child in inline if child.type == "html_inline")


@given(HOSTILE.filter(lambda text: "<" not in text and "`" not in text and "~" not in text))
def test_markdown_without_html_and_fences_is_left_as_it_came(text: str) -> None:
    shown = visible(text).strip("\n")
    assert contained(text) == (f"{shown}\n" if shown.strip() else "")


@given(conversations())
def test_each_call_has_its_arguments_and_its_result_in_a_fence(events: list[ev.Event]) -> None:
    exported = b"".join(export(as_lines(events), "markdown", session_id="s")).decode()
    shown = [token.content for token in _tokens(exported) if token.type == "fence"]
    wanted: list[str] = []
    for run in Conversation(events).runs:
        question = run.question.strip()
        wanted += [question] if "\n" in question else []
        for call in run.calls:
            texts = [call.fragments.text] if call.result is None else [call.fragments.text, call.result]
            wanted += [pretty(text)[0] for text in texts]
    assert shown == [visible(text) + "\n" for text in wanted]


def test_what_a_model_thought_is_told_of_and_not_printed() -> None:
    text = b"".join(export(as_lines(SHOWCASE), "markdown", session_id="s")).decode()
    thought = "".join(event.delta for event in SHOWCASE if isinstance(event, ev.ReasoningMessageContent))
    assert "\n*Thought for " in text
    assert not any(words in text for words in thought.split(". ") if words)
