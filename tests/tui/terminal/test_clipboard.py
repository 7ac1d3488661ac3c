"""Copying says what really happened, and what is pasted is harmless."""

import re
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.clipboard import cleaned, copy_text

TAKES = 'cat >"$0.taken"'


class _Desk:
    """A folder of programs, and what is sent to the terminal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sent: list[str] = []
        self.environ = {"PATH": f"{folder}:/usr/bin:/bin", "DISPLAY": ":7"}

    def install(self, name: str, body: str) -> None:
        """Put a program there; it is a shell's."""
        program = self.folder / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)

    def taken(self, name: str) -> str | None:
        """What a program was given."""
        path = self.folder / f"{name}.taken"
        return path.read_text() if path.exists() else None

    async def copy(self, text: str) -> str:
        """The notice."""
        return await copy_text(self.sent.append, text, "row", self.environ)

    @property
    def asked(self) -> set[str]:
        """What the terminal was asked to take, however it was wrapped."""
        sent = re.sub("\x1b\\\\\x1bP(?!tmux)|\x1bP(?!tmux)", "", "".join(self.sent))
        return {b64decode(found).decode() for found in re.findall(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", sent)}


@pytest.fixture
def desk(tmp_path: Path) -> _Desk:
    return _Desk(tmp_path)


async def test_a_helper_that_takes_the_text_has_it_and_the_terminal_is_left_alone(desk: _Desk) -> None:
    desk.install("xclip", TAKES)
    assert await desk.copy("x" * 1234) == "Copied row, 1,234 characters"
    assert desk.taken("xclip") == "x" * 1234
    assert not desk.sent


@pytest.mark.parametrize(
    "body",
    [
        "cat >/dev/null; echo 'cannot open display' >&2; exit 1",
        "cat >/dev/null; echo 'a warning' >&2",
        "exit 1",
        "kill -9 $$",
    ],
)
async def test_a_helper_that_fails_or_complains_did_not_copy(desk: _Desk, body: str) -> None:
    desk.install("xclip", body)
    assert await desk.copy("abc") == "Sent row, 3 characters to the terminal's clipboard"
    assert desk.asked == {"abc"}


async def test_the_next_helper_is_tried(desk: _Desk) -> None:
    desk.install("xclip", "exit 1")
    desk.install("xsel", TAKES)
    assert await desk.copy("abc") == "Copied row, 3 characters"
    assert desk.taken("xsel") == "abc"


async def test_a_helper_that_keeps_the_text_in_the_background_does_not_hold_up(desk: _Desk) -> None:
    desk.install("xclip", f"{TAKES}; sleep 60 & exit 0")
    assert await desk.copy("abc") == "Copied row, 3 characters"


async def test_without_a_helper_the_terminal_is_asked_and_no_more_is_claimed(desk: _Desk) -> None:
    assert await desk.copy("žluťoučký\tkůň") == "Sent row, 13 characters to the terminal's clipboard"
    assert desk.asked == {"žluťoučký\tkůň"}


async def test_over_ssh_both_are_asked_for_the_display_may_be_forwarded(desk: _Desk) -> None:
    desk.environ["SSH_CONNECTION"] = "192.0.2.1 22 192.0.2.2 22"
    desk.install("xclip", TAKES)
    assert "terminal's clipboard" in await desk.copy("abc")
    assert (desk.taken("xclip"), desk.asked) == ("abc", {"abc"})


async def test_over_ssh_the_clipboard_of_the_other_machine_is_left_alone(desk: _Desk) -> None:
    desk.environ = {"PATH": desk.environ["PATH"], "SSH_TTY": "/dev/pts/0", "WSL_DISTRO_NAME": "there"}
    desk.install("clip.exe", TAKES)
    await desk.copy("abc")
    assert desk.taken("clip.exe") is None
    assert desk.asked == {"abc"}


async def test_in_tmux_its_buffer_has_the_text_and_the_terminal_is_asked_past_it(desk: _Desk) -> None:
    desk.environ |= {"TMUX": "/tmp/tmux-0/default,1,0", "TERM": "tmux-256color"}  # noqa: S108 - nothing is there
    desk.install("tmux", f'test "$*" = "load-buffer -w -" && {TAKES}')
    assert await desk.copy("abc") == "Copied row, 3 characters, to tmux's buffer"
    assert desk.taken("tmux") == "abc"
    (sent,) = desk.sent
    plain = "\x1b]52;c;YWJj\x07"
    assert sent == f"{plain}\x1bPtmux;\x1b{plain}\x1b\\"


async def test_in_gnu_screen_a_long_text_goes_through_in_pieces_that_it_takes(desk: _Desk) -> None:
    desk.environ |= {"STY": "1.tty.host", "TERM": "screen"}
    text = "0123456789" * 300
    await desk.copy(text)
    (sent,) = desk.sent
    pieces = re.findall(r"\x1bP(.*?)\x1b\\", sent, re.DOTALL)
    assert len(pieces) > 1
    assert max(map(len, pieces)) < 768
    assert sent.startswith("".join(pieces)), "as it is, and then in pieces"
    assert desk.asked == {text}


@given(st.text())
def test_cleaning_leaves_nothing_to_obey_and_keeps_what_can_be_seen(text: str) -> None:
    clean = cleaned(text)
    assert not any(character < " " and character not in "\n\t" for character in clean)
    assert not any("\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff" for character in clean)
    assert cleaned(clean) == clean
    if "\x1b" not in text:
        assert [character for character in clean if character.isprintable()] == [
            character for character in text if character.isprintable()
        ]


@pytest.mark.parametrize(
    ("pasted", "clean"),
    [
        ("A \x1b[31mred \x1b[0m\rsecond", "A red \nsecond"),
        ("a\r\nb\rc\td\n", "a\nb\nc\td\n"),
        ("\x1b]8;;https://example.com\x07link\x1b]8;;\x1b\\ after", "link after"),
        ("\x1b]unfinished, and all of it stays", "]unfinished, and all of it stays"),
        ("\x1b(Bplain\x1b=", "plain"),
        ("before\x1bafter", "beforeafter"),
        ("nul \x00, bell \x07, override \u202e, joined \u200d", "nul , bell , override , joined \u200d"),
    ],
)
def test_what_is_pasted_loses_what_a_terminal_obeys_and_nothing_that_is_seen(pasted: str, clean: str) -> None:
    assert cleaned(pasted) == clean
