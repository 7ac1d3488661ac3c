"""Each format's sample tells the story that stands beside it; to accept a new one, run this file as a program."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ag_ui.core import Event
from pydantic import TypeAdapter

from agent.formats.exports.export import export
from agent.library.library import Library
from agent.reading.lines import read_lines
from tests.agent.formats.imports.reading import SAMPLES, events, importer_of, lines, records, story

_FILES = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".json", ".jsonl"))

OFFICIAL: TypeAdapter[Any] = TypeAdapter(Event)


@pytest.mark.parametrize("sample", _FILES, ids=lambda path: path.stem)
def test_a_sample_tells_its_story(sample: Path) -> None:
    assert story(records(sample)) == sample.with_suffix(".story").read_text()


@pytest.mark.parametrize(
    "told",
    [
        {"source": {"subagent": {"thread_spawn": {"parent_thread_id": "asker", "depth": 1}}}},
        {"source": {"subagent": "review"}, "parent_thread_id": "asker"},
        {"source": "cli", "forked_from_id": "asker"},
        {"parent_thread_id": "asker", "forked_from_id": "older"},
    ],
)
def test_codex_says_in_several_places_which_session_another_one_comes_from(told: dict[str, Any]) -> None:
    """A sub-agent's comes from the one that asked, even where it took its history over from another."""
    head = {"type": "session_meta", "payload": {"id": "child", **told}}
    importer = importer_of([head])
    events([head], importer)
    assert {name: importer.telling.origin[name] for name in ("session", "parent")} == {
        "session": "child",
        "parent": "asker",
    }


@pytest.mark.parametrize("sample", _FILES, ids=lambda path: path.stem)
def test_what_was_imported_is_a_valid_stream(sample: Path, tmp_path: Path) -> None:
    stream = tmp_path / "stream.jsonl"
    stream.write_bytes(lines(records(sample)))
    found = subprocess.run(
        [Path(sys.executable).with_name("ag-ui-validate"), stream], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("sample", _FILES, ids=lambda path: path.stem)
def test_what_is_exported_of_an_import_is_what_the_official_models_take(sample: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "data")
    for session in library.import_file(sample, indexes=False).sessions:
        told = [line for line in read_lines(library.path(session)) if line.event is not None]
        exported = b"".join(export(iter(told), "events", session_id=session)).splitlines()
        assert len(exported) == len(told)
        for line in exported:
            OFFICIAL.validate_json(line)


if __name__ == "__main__":
    for path in _FILES:
        path.with_suffix(".story").write_text(story(records(path)))
