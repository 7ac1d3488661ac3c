"""The page: nothing in it but what we wrote, and all the text."""

import re
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.events import types as ev
from agent.formats.exports.export import export
from agent.formats.exports.safe_html import code_html, markdown_html
from agent.text import visible
from tests.agent.formats.exports.hostile import HOSTILE
from tests.agent.formats.exports.showcase import SHOWCASE, as_lines

_ELEMENTS = re.compile(
    "a|article|b|blockquote|body|br|code|dd|details|div|dl|dt|em|footer|h[1-6]|head|header|hr|html|li|main|meta|nav|ol|p"
    "|pre|rect|s|span|strong|style|summary|svg|table|tbody|td|th|thead|time|title|tr|ul"
)
_ATTRIBUTES = re.compile(
    "aria-label|charset|class|content|datetime|dir|height|href|http-equiv|id|lang|name|preserveaspectratio|rel|role|start"
    "|tabindex|title|viewbox|width|x"
)
_VOID = {"br", "hr", "meta"}


class _Page(HTMLParser):
    """Reads a page and checks every tag on the way."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.links: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert _ELEMENTS.fullmatch(tag)
        assert all(_ATTRIBUTES.fullmatch(name) for name, _ in attrs)
        given = dict(attrs)
        if (href := given.get("href")) is not None:
            self.links.append(href)
            assert re.match(r"https?://|mailto:|#turn-\d+$", href, re.IGNORECASE)
            assert href.startswith("#") or given["rel"] == "noopener noreferrer nofollow"
        assert not (tag == "a" and "a" in self.open)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data!r}")


def _page(events: list[ev.Event], title: str = "") -> _Page:
    return _Page(b"".join(export(as_lines(events), "html", session_id="s", title=title)).decode())


@given(st.lists(HOSTILE, min_size=6, max_size=6))
def test_hostile_text_is_only_text_wherever_it_stands(texts: list[str]) -> None:
    question, reasoning, name, arguments, result, error = texts
    message = ev.InputMessage(id="q", role="user", content=question)
    given_input = ev.RunInput(thread_id="t", run_id="r", messages=[message])
    page = _page(
        [
            ev.RunStarted(timestamp=1, thread_id="t", run_id="r", input=given_input, metadata={"model": name}),
            ev.Custom(timestamp=2, name=ev.RETRY, value={"reason": error}),
            ev.StepStarted(timestamp=2, step_name=name),
            ev.ReasoningMessageStart(timestamp=2, message_id="m"),
            ev.ReasoningMessageContent(timestamp=3, message_id="m", delta=reasoning),
            ev.ToolCallStart(timestamp=3, tool_call_id="c", tool_call_name=name),
            ev.ToolCallArgs(timestamp=4, tool_call_id="c", delta=arguments),
            ev.ToolCallEnd(timestamp=5, tool_call_id="c"),
            ev.Custom(timestamp=6, name=ev.TOOL_STARTED, value={"toolCallId": "c"}),
            ev.ToolCallResult(timestamp=9, message_id="x", tool_call_id="c", content=result, metadata={"error": True}),
            ev.RunError(timestamp=9, message=error, code="model_error"),
        ],
        title=name,
    )
    for text in (question.strip(), error, arguments, result):
        assert visible(text) in page.text


@given(HOSTILE)
@example("[![p](https://example.org/p.png)](https://example.org)")
@example("![](https://example.org/p.png)")
@example("[a](JavaScript:alert(1)) <javascript:alert(1)>")
def test_markdown_becomes_nothing_but_our_elements(text: str) -> None:
    page = _Page(markdown_html(text))
    assert "‮" not in page.text
    for word in re.findall(r"\bword\b", text):
        assert word in page.text


@given(HOSTILE, st.sampled_from(["", "json", "python", "html", "php", "console", "no such"]))
def test_code_is_shown_as_it_is_in_every_language(text: str, language: str) -> None:
    assert _Page(code_html(text, language)).text == visible(text) + "\n"


def test_links_lead_to_the_web_or_into_the_page_and_pictures_are_not_loaded() -> None:
    page = _page(SHOWCASE)
    assert {"https://example.org/proof", "https://example.org/p.png", "#turn-1", "#turn-5"} <= set(page.links)
    assert "[this](javascript:alert(1))" in page.text


def test_the_stylesheet_asks_for_nothing_from_elsewhere() -> None:
    exported = b"".join(export(as_lines(SHOWCASE), "html", session_id="s")).decode()
    style = exported.partition("<style>")[2].partition("</style>")[0]
    assert "{" in style
    assert not re.search(r"url\(|@import|</", style)
    assert "default-src 'none'" in exported


def test_a_huge_text_is_there_to_its_end() -> None:
    events = [
        replace(event, content="x" * 3_000_000 + "the end") if isinstance(event, ev.ToolCallResult) else event
        for event in SHOWCASE
    ]
    assert "xthe end" in _page(events).text
