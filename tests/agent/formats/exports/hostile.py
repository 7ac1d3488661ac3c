"""Text that tries to be more than text, in Markdown and in HTML."""

from hypothesis import strategies as st

from tests.agent.strategies import TEXTS

__all__ = ["HOSTILE"]

_PIECES = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</script>",
        "<img src=x onerror=alert(1)>",
        "</details>",
        "<details>",
        "</summary>",
        "</code></pre>",
        "<!--",
        "-->",
        "<?php",
        "<![CDATA[",
        "<style>",
        "<div\nonclick='x'>",
        "<br>",
        "\"'>",
        "&lt;&amp;&#60;",
        "```",
        "````python",
        "~~~",
        "`",
        "``",
        "    ",
        "\n",
        "\n\n",
        "> ",
        "- ",
        "1. ",
        "12345. ",
        "# ",
        " #",
        "===",
        "---",
        "| a | b |\n|---|---|\n| ",
        "**",
        "_",
        "~~",
        "[a](javascript:alert(1))",
        '[a](https://example.org/?a=1&b=2 "title")',
        "![p](https://example.org/p.png)",
        "[![p](https://example.org/p.png)](https://example.org)",
        "<https://example.org>",
        "[x]: https://example.org",
        "\\",
        "\r",
        "\x00\x1b[31m",
        "\u202e",
        "word",
        " ",
    ]
)
HOSTILE = st.lists(_PIECES | TEXTS, max_size=8).map("".join)
"""Markdown and HTML that may begin, end or close anything, in any order."""
