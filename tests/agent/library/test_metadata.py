"""What the user said of a session: kept whole, kept together, and kept for versions to come."""

import json
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import LibraryError
from agent.library.metadata import Metadata, MetadataFolder
from tests.agent.strategies import JSON, TEXTS, WILD_TEXTS


@pytest.fixture
def folder(tmp_path: Path) -> MetadataFolder:
    return MetadataFolder(tmp_path / "data")


def _path(folder: MetadataFolder, name: str = "one") -> Path:
    return folder.folder / f"{name}.json"


@given(st.data())
def test_what_was_said_is_what_is_read_and_fields_of_other_versions_stay(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = MetadataFolder(tmp_path_factory.mktemp("data"))
    folder.folder.mkdir()
    future = data.draw(st.dictionaries(TEXTS.filter(lambda name: name not in ("title", "pinned", "place")), JSON))
    _path(folder).write_text(json.dumps(future))
    title = data.draw(WILD_TEXTS.filter(bool))
    folder.change("one", title=title)
    folder.change("one", pinned=True)
    folder.change("one", place={"line": 3})
    read = folder.read("one")
    assert (read.pinned, read.place) == (True, {"line": 3})
    assert read.title == title.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    kept = json.loads(_path(folder).read_bytes())
    assert {name: value for name, value in kept.items() if name in future} == json.loads(json.dumps(future))


def test_of_a_session_of_which_nothing_was_said_there_is_no_file(folder: MetadataFolder) -> None:
    folder.change("one", title=None)
    folder.change("one", place=None)
    assert folder.read("one") == Metadata()
    assert not _path(folder).exists()
    assert folder.all() == {}


def test_files_are_for_the_user_only_and_no_other_is_left(folder: MetadataFolder) -> None:
    folder.change("one", pinned=True)
    names = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.folder.iterdir()}
    assert names == {"one.json": 0o600, ".lock": 0o600}


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"title": "x"', b"\xff", b"[" * 100_000, b'"text"'])
def test_a_damaged_file_reads_as_nothing_and_is_put_aside_by_a_change(folder: MetadataFolder, damage: bytes) -> None:
    folder.folder.mkdir(parents=True)
    _path(folder).write_bytes(damage)
    assert folder.read("one") == Metadata()
    assert _path(folder).read_bytes() == damage
    folder.change("one", pinned=True)
    assert folder.read("one") == Metadata(pinned=True)
    assert (folder.folder / "one.damaged").read_bytes() == damage


def test_a_field_of_another_form_does_not_cost_the_others(folder: MetadataFolder) -> None:
    folder.folder.mkdir(parents=True)
    _path(folder).write_text('{"title": ["a", "b"], "pinned": true, "place": 7}')
    assert folder.read("one") == Metadata(pinned=True)


def test_many_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    def say(number: int) -> None:
        for step in range(20):
            MetadataFolder(tmp_path).change("one", **{f"field{number}": step + 1})

    threads = [threading.Thread(target=say, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = json.loads(_path(MetadataFolder(tmp_path)).read_bytes())
    assert said == {f"field{number}": 20 for number in range(5)}


def test_a_file_changed_by_another_instance_is_noticed(folder: MetadataFolder) -> None:
    folder.change("one", title="old")
    assert folder.all() == {"one": Metadata(title="old")}
    MetadataFolder(folder.folder.parent).change("one", title="new")
    assert folder.all() == {"one": Metadata(title="new")}
    folder.remove("one")
    folder.remove("one")
    assert folder.all() == {}


def test_a_folder_that_cannot_be_made_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "metadata").write_text("a file")
    with pytest.raises(LibraryError, match="nothing was changed"):
        MetadataFolder(tmp_path).change("one", pinned=True)
