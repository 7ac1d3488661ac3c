"""Markdown as models write it, and as nobody would: generated documents for the laws."""

from itertools import pairwise

from hypothesis import strategies as st

__all__ = ["chunkings", "documents", "fragments"]

_WORDS = st.sampled_from(
    [
        "word", "words that go on for a while", "**bold**", "*em*", "~~gone~~", "`code`", "``a ` b``",
        "[text](http://x.y)", "[label]", "[text][label]", "https://example.com/a?b=c.", "<b>html</b>", "&amp;", "\\*",
        "snake_case_name", "2 * 3", "**open", "*", "`", "[", "日本語の文章です。",
        "👩‍👩‍👧‍👦", "🇨🇭", "e\u0301", "עברית", "a" * 70, "\x1b[31m", "[red]", "\t", "|",
    ]
)  # fmt: skip
_INLINE = st.lists(_WORDS, min_size=1, max_size=8).map(" ".join)
_LINES = st.lists(_INLINE, min_size=1, max_size=4).map("\n".join)
_CODE = st.lists(st.sampled_from(["def f(x):", "    return 1  # no", "", '"""', "\ttab", "x" * 90]), max_size=40).map(
    "\n".join
)


def _indented(text: str, first: str) -> str:
    return first + text.replace("\n", "\n" + " " * len(first))


@st.composite
def _tables(draw: st.DrawFn) -> str:
    columns = draw(st.integers(1, 4))
    rule = "|" + "|".join(draw(st.sampled_from(["---", ":--", "--:", ":-:"])) for _ in range(columns)) + "|"
    cell = st.sampled_from(["a", "12.5", "**b**", "some longer text", "`x`", "日本", "[label]", ""])
    rows = ["| " + " | ".join(draw(cell) for _ in range(columns)) + " |" for _ in range(draw(st.integers(1, 50)))]
    return "\n".join(["| " + " | ".join("h" * (n + 1) for n in range(columns)) + " |", rule, *rows])


_LEAVES = st.one_of(
    _LINES,
    st.builds(lambda level, text: "#" * level + " " + text, st.integers(1, 6), _INLINE),
    st.builds(lambda text, mark: f"{text}\n{mark}", _INLINE, st.sampled_from(["===", "---"])),
    st.builds(
        lambda fence, info, code: f"{fence}{info}\n{code}\n{fence}",
        st.sampled_from(["```", "~~~~"]),
        st.sampled_from(["", "python", "c++ x", "none"]),
        _CODE,
    ),
    _tables(),
    st.sampled_from(["---", "***", "    indented\n\n    code"]),
    st.sampled_from(["[label]: http://label.example 'title'", "[label]: <http://other.example>"]),
    _INLINE.map(lambda text: (text + " ") * 30),
)  # fmt: skip


def _containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    marks = st.sampled_from(["- ", "* ", "1. ", "10) ", "- [ ] ", "- [x] "])
    return st.one_of(
        inner.map(lambda text: "> " + text.replace("\n", "\n> ")),
        st.builds(
            lambda mark, items, gap: gap.join(_indented(item, mark) for item in items),
            marks,
            st.lists(inner, min_size=1, max_size=4),
            st.sampled_from(["\n", "\n\n"]),
        ),
    )


_BLOCKS = st.recursive(_LEAVES, _containers, max_leaves=6)
documents = st.builds(
    lambda blocks, end: "".join(text + gap for text, gap in blocks) + end,
    st.lists(st.tuples(_BLOCKS, st.sampled_from(["\n\n", "\n", "\n\n\n"])), max_size=6),
    st.sampled_from(["", "\n", "- ", "> ", "#", "```", "**x", "|--", "\r", "1"]),
)
"""Documents of many constructs, well-formed and not."""

fragments = st.lists(
    st.sampled_from(
        [
            "- ", "* ", "+ ", "1. ", "2. ", "10) ", "> ", ">", "a", "b c", "foo", "\n", "\n\n", "  ", "    ", "\t", " ",
            "# ", "## x", "---", "***", "===", "```", "```py", "~~~", "| a | b |", "|---|--:|", "|", "-", "`x", "**b**",
            "\\", "1", "[x] y", "  - ", "   > ", "[foo]: /url\n\n", '[foo]: <u> "x\ny"\n\n',
        ]
    ),
    max_size=14,
).map("".join)  # fmt: skip
"""Marks thrown together: the corners of the block grammar."""


@st.composite
def chunkings(draw: st.DrawFn, text: str) -> list[str]:
    """`text` in pieces."""
    size = draw(st.sampled_from([1, 3, 7, 40, 400]))
    cuts = sorted({0, len(text), *draw(st.lists(st.integers(0, len(text)), max_size=len(text) // size + 1))})
    return [text[start:end] for start, end in pairwise(cuts)]
