"""What holds for every format, whatever its records are."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.events.types import Event, RunError, RunFinished, RunStarted
from agent.events.wire import encode
from agent.formats.imports.records import Record
from agent.formats.imports.sniffing import IMPORTERS
from tests.agent.formats.imports.reading import SAMPLES, events, importer_of, lines, records

_SAMPLES = {path.stem: records(path) for path in sorted(SAMPLES.iterdir()) if path.suffix in (".json", ".jsonl")}
_samples = st.sampled_from(sorted(_SAMPLES)).map(_SAMPLES.__getitem__)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


_WRITTEN = frozenset({"input", "args", "arguments", "action"})


def _encoded(found: list[Event]) -> list[bytes]:
    return [encode(event) for event in found]


@given(_samples)
def test_importing_twice_gives_the_same(values: list[Any]) -> None:
    assert lines(values) == lines(values)


@settings(max_examples=200)
@given(_samples, st.data())
def test_a_cut_gives_the_beginning_of_the_whole(values: list[Any], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(values)))
    whole = _encoded(events(values, ends=False))
    part = _encoded(events(values[:cut], importer_of(values), ends=False))
    assert part == whole[: len(part)]


@given(_samples, st.randoms(use_true_random=False))
def test_the_order_of_keys_says_nothing(values: list[Any], random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, list):
            return [shuffled(item) for item in value]
        if not isinstance(value, dict):
            return value
        keys = list(value)
        random.shuffle(keys)
        # What a model wrote stays as it wrote it: the order of its arguments is a fact.
        return {
            key: value[key] if key in ("input", "args", "arguments", "action") else shuffled(value[key]) for key in keys
        }

    assert _encoded(events([shuffled(value) for value in values])) == _encoded(events(values))


@given(_samples)
def test_every_record_is_told_or_counted_and_kept(values: list[Any]) -> None:
    importer = importer_of(values)
    events(values, importer)
    assert importer.counts.total == len(values)


@pytest.mark.parametrize("name", _SAMPLES)
def test_records_are_kept_word_for_word(name: str) -> None:
    stream = [msgspec.json.decode(line) for line in lines(_SAMPLES[name]).splitlines()]
    kept = [line["event"] if line["type"] == "RAW" else line["rawEvent"] for line in stream if _has_raw(line)]
    behind = len(_SAMPLES[name]) - len(kept)  # those behind the last turn, which no stream has a place for
    assert behind <= 1
    assert sorted(map(str, kept)) == sorted(map(str, _SAMPLES[name][: len(kept)] if behind else _SAMPLES[name]))


def _has_raw(line: dict[str, Any]) -> bool:
    return line["type"] == "RAW" or "rawEvent" in line


@settings(max_examples=200)
@given(_samples, st.data())
def test_nothing_in_a_record_is_fatal(values: list[Any], data: st.DataObject) -> None:
    """One value anywhere is replaced by any other: the stream stays whole, and every record is counted."""
    importer = importer_of(values)
    number = data.draw(st.integers(0, len(values) - 1))
    path = data.draw(st.sampled_from(list(_paths(values[number]))))
    changed = [*values[:number], _replaced(values[number], path, data.draw(_json)), *values[number + 1 :]]
    found = events([value if isinstance(value, dict) else {} for value in changed], importer)
    _assert_whole(found)
    assert importer.counts.total == len(changed)


@given(st.sampled_from(IMPORTERS), st.lists(st.dictionaries(st.text(max_size=8), _json, max_size=4), max_size=4))
def test_any_records_at_all_are_counted(importer: Any, values: list[dict[str, Any]]) -> None:
    at_work = importer()
    _assert_whole(events(values, at_work))
    assert at_work.counts.total == len(values)


@given(_samples, _samples)
def test_the_records_of_one_format_do_not_break_another(values: list[Any], others: list[Any]) -> None:
    importer = importer_of(values)
    _assert_whole(events([*values, *others], importer))
    assert importer.counts.total == len(values) + len(others)


@pytest.mark.parametrize("name", _SAMPLES)
def test_one_format_takes_no_record_of_another(name: str) -> None:
    own = type(importer_of(_SAMPLES[name]))
    others = [importer for importer in IMPORTERS if importer is not own]
    for value in _SAMPLES[name]:
        assert not [other.__name__ for other in others if other.sniffs(value)], value


@pytest.mark.parametrize("name", _SAMPLES)
def test_moments_of_arrival_stand_only_for_those_that_records_lack(name: str) -> None:
    values = _SAMPLES[name]
    importer = importer_of(values, is_live=True)
    found = [event for number, value in enumerate(values, 1) for event in importer.tell(Record(value, number, 7_000))]
    recorded = {event.timestamp for event in events(values)} - {None}
    assert {event.timestamp for event in found} <= recorded | {7_000}


def _assert_whole(found: list[Event]) -> None:
    """A run begins before it ends, ends once, and the next begins behind that; all can be written."""
    is_open = False
    for event in found:
        encode(event)
        if isinstance(event, RunStarted):
            assert not is_open
            is_open = True
        else:
            assert is_open
        if isinstance(event, RunFinished | RunError):
            is_open = False
    assert not is_open


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _paths(inner, (*path, key))


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(value[path[0]], path[1:], new)
    return copy
