"""The log takes what this program says of itself, and nothing of others."""

import logging
import stat
import threading
from pathlib import Path

import pytest

from agent.secrets import Secrets
from tui.app import log as log_module
from tui.app.log import set_up_log

OTHERS = ("httpx", "httpx2", "openai._base_client", "somebody.else", "root")

pytestmark = pytest.mark.usefixtures("loggers")


@pytest.mark.parametrize("debug", [False, True])
def test_who_is_not_listed_is_not_logged(debug: bool, tmp_path: Path) -> None:
    path = tmp_path / "data" / "own.log"
    set_up_log(path, Secrets(), debug=debug)
    logging.getLogger("agent.runs.run").info("ours")
    logging.getLogger("tui.app").debug("in detail")
    for name in OTHERS:
        logging.getLogger(name).critical("not ours")
    assert "ours" in path.read_text()
    assert "not ours" not in path.read_text()
    assert ("in detail" in path.read_text()) is debug
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_secrets_are_left_out_of_records_and_of_tracebacks(tmp_path: Path) -> None:
    path = tmp_path / "own.log"
    set_up_log(path, Secrets(["a-secret-of-mine"]), debug=False)
    try:
        raise ValueError("no a-secret-of-mine at http://user:password@host")
    except ValueError:
        logging.getLogger("agent").exception("with %s", "a-secret-of-mine")
    written = path.read_text()
    assert "with …" in written
    assert "ValueError: no … at http://…@host" in written


def test_what_others_make_of_logging_is_not_ours(tmp_path: Path) -> None:
    path = tmp_path / "own.log"
    set_up_log(path, Secrets(), debug=False)
    logging.basicConfig(level=logging.DEBUG, force=True, filename=tmp_path / "theirs.log")
    logging.getLogger("httpx").info("GET http://user:password@host")
    logging.getLogger("agent").info("ours")
    assert (tmp_path / "theirs.log").read_text() == ""
    assert "ours" in path.read_text()


def test_a_folder_that_cannot_be_written_costs_only_the_log(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    set_up_log(tmp_path / "file" / "own.log", Secrets(), debug=False)
    logging.getLogger("agent").critical("unheard")


def test_a_large_log_is_put_aside_when_the_program_starts(tmp_path: Path) -> None:
    path = tmp_path / "own.log"
    path.write_bytes(b"x" * (log_module._LIMIT + 1))
    set_up_log(path, Secrets(), debug=False)
    logging.getLogger("agent").info("anew")
    assert len(path.read_text().splitlines()) == 1
    assert (tmp_path / "own.log.1").stat().st_size > log_module._LIMIT


def test_a_thread_that_ends_by_an_error_is_told_in_the_log_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_log(tmp_path / "own.log", Secrets(), debug=False)
    thread = threading.Thread(target=lambda: [][1])
    thread.start()
    thread.join()
    assert "IndexError" in (tmp_path / "own.log").read_text()
    assert capsys.readouterr().err == ""
