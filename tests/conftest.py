"""What every test stands on: no keys, no real model, a data folder of its own."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Pictures hold times of day; they must not depend on where the tests run.
os.environ["TZ"] = "UTC"
time.tzset()

# What is run at every change draws the same examples until a test changes: it judges the change, not the draw. The
# thorough ones are drawn anew each time. No health check is left that a slow machine or an unlucky draw fails.
_BY_CHANCE = [check for check in HealthCheck if check is not HealthCheck.function_scoped_fixture]
for _name, _count in (("quick", 10), ("default", 20), ("thorough", 1_000)):
    settings.register_profile(
        _name,
        deadline=None,
        max_examples=_count,
        derandomize=_name != "thorough",
        suppress_health_check=_BY_CHANCE,
    )
settings.load_profile(os.environ.get("TICKERTAPE_HYPOTHESIS", "default"))


_LONG = ("tests/tui/screens", "tests/e2e")
"""Whose files take longest; they come first, so that no process is left alone with one of them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Called by pytest: the tests in the order in which their files are handed out."""

    def place(item: pytest.Item) -> int:
        return next((number for number, folder in enumerate(_LONG) if item.nodeid.startswith(folder)), len(_LONG))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test can reach a real model, or a session of whoever runs it; a terminal has the size that a test gives it."""
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "LANGSMITH_", "LANGCHAIN_")) or (
            name.startswith("TICKERTAPE_") and name not in ("TICKERTAPE_STREAMS", "TICKERTAPE_HYPOTHESIS")
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TICKERTAPE_DATA_DIR", str(tmp_path / "data"))
    # Not the settings of whoever runs the tests, and none of what a test changes in them.
    monkeypatch.setenv("TICKERTAPE_CONFIG", str(tmp_path / "config" / "settings.toml"))


@pytest.fixture(scope="session")
def streams() -> Path:
    """The folder of recorded provider streams; tests that need it are skipped without it."""
    folder = os.environ.get("TICKERTAPE_STREAMS")
    if not folder:
        pytest.skip("TICKERTAPE_STREAMS does not name the folder of recorded streams")
    return Path(folder)
