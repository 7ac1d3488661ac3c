"""The index's file: thrown away and made anew, also under the hands of another instance."""

import os
import random
import sqlite3
import threading
from pathlib import Path

import pytest

from agent.library.index.tables import Index
from agent.library.library import Library
from agent.library.words import Query
from tests.agent.saving import append, turn


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for number in range(40):
        append(tmp_path / "sessions" / f"s{number}.jsonl", turn(1, f"word{number} shared", answer="text " * 500))
    return tmp_path


def _check(library: Library) -> None:
    assert {info.turns for info in library.sessions()} == {1}
    assert len(library.search("shared")) == 40
    assert [found.session.id for found in library.search('"word7"')] == ["s7"]
    assert library.notice is None


def _index(data: Path) -> Path:
    (path,) = data.glob("index-*.sqlite3")
    return path


def test_the_index_is_for_the_user_only(data: Path) -> None:
    Library(data).refresh()
    assert _index(data).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_page_costs_nothing_but_time(data: Path, seed: int) -> None:
    library = Library(data)
    library.refresh()
    choose = random.Random(seed)
    with _index(data).open("r+b") as file:
        for _page in range(choose.randint(1, 30)):
            file.seek(choose.randrange(_index(data).stat().st_size))
            file.write(choose.randbytes(choose.randint(1, 3_000)))
    # What is damaged may not be noticed by what does not read it, but no call fails.
    library.sessions()
    library.search("shared")
    library.refresh()
    library.turns("s7")
    os.truncate(_index(data), 100)
    library.refresh()
    _check(library)


def test_a_log_of_changes_that_is_cut_under_another_instance_costs_nothing_but_time(data: Path) -> None:
    library = Library(data)
    library.refresh()
    other = sqlite3.connect(_index(data), isolation_level=None)
    other.execute(f"PRAGMA user_version = {other.execute('PRAGMA user_version').fetchone()[0]}")
    os.truncate(f"{_index(data)}-wal", 0)
    library.sessions()
    library.refresh()
    _check(library)
    other.close()
    library.refresh()
    _check(library)


def test_an_index_that_is_taken_away_under_two_instances_is_made_anew(data: Path) -> None:
    libraries = [Library(data), Library(data)]
    stop = threading.Event()
    errors: list[BaseException] = []
    passes, before, passed = [0, 0], [0, 0], threading.Condition()

    def use(number: int) -> None:
        try:
            while not stop.is_set():
                libraries[number].refresh(gentle=False)
                libraries[number].search("shared")
                libraries[number].sessions()
                with passed:
                    passes[number] += 1
                    passed.notify()
        except BaseException as error:
            errors.append(error)
            with passed:
                passed.notify()

    def all_got_through() -> bool:
        return bool(errors) or all(now > then for now, then in zip(passes, before, strict=True))

    threads = [threading.Thread(target=use, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for _round in range(20):
        before[:] = passes
        path = data / "index-6.sqlite3"
        if _round % 2:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(b"noise" * 1_000)
        libraries[0].sessions()
        # An index that is taken away again and again, faster than anybody gets through, is given up.
        with passed:
            passed.wait_for(all_got_through, timeout=60)
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    for library in libraries:
        library.refresh()
        _check(library)


@pytest.mark.parametrize("is_damaged", [True, False])
def test_an_index_that_was_made_anew_is_told_until_it_is_up_to_date(data: Path, is_damaged: bool) -> None:
    library = Library(data)
    assert not library.needs_refresh, "nothing was found in it yet"
    library.refresh()
    assert not library.needs_refresh
    if is_damaged:
        _index(data).write_bytes(b"noise" * 1_000)
    else:
        _index(data).unlink()
    assert library.search("shared") == []
    assert library.needs_refresh
    library.refresh()
    assert not library.needs_refresh
    _check(library)


def test_the_first_sessions_with_a_common_word_are_found_by_reading_and_no_others(data: Path) -> None:
    library = Library(data)
    library.rename("s3", "shared by many")
    library.pin("s7", True)
    library.refresh()
    index = Index(data)
    for asked in ("shared", "s", "text shared", '"text text" sha'):
        some, every = (index.search(Query(asked), ["s7"], wanted) for wanted in (10, None))
        assert (some.are_all, every.are_all) == (False, True)
        assert [*some][:10] == [*every][:10]
        for entry in [*some][:10]:
            assert some.turns(entry.number, 3) == every.turns(entry.number, 3)
    assert len([*index.search(Query("word7"), wanted=10)]) == 1
    assert index.search(Query("word7"), wanted=10).are_all


def test_older_versions_are_removed_and_newer_ones_left_alone(data: Path) -> None:
    for name in ("index-0.sqlite3", "index-0.sqlite3-wal", "index-99.sqlite3", "index-x.sqlite3"):
        (data / name).touch()
    Library(data).refresh()
    assert {path.name for path in data.glob("index-*")} == {"index-6.sqlite3", "index-99.sqlite3", "index-x.sqlite3"}


def test_a_change_that_another_instance_holds_up_is_waited_for(data: Path) -> None:
    library = Library(data)
    library.refresh()
    db = sqlite3.connect(_index(data), isolation_level=None, check_same_thread=False)
    db.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, lambda: db.execute("COMMIT"))
    release.start()
    append(data / "sessions" / "s1.jsonl", turn(2, "later"))
    library.update("s1")
    release.join()
    db.close()
    assert len(library.search("later")) == 1


def test_a_text_longer_than_the_limit_is_found_by_its_beginning(data: Path) -> None:
    append(data / "sessions" / "long.jsonl", turn(1, "long", answer="early " + "x " * 2**19 + " late"))
    library = Library(data)
    library.refresh()
    assert len(library.search("early")) == 1
    assert library.search("late") == []
