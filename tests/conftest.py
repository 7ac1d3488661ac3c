"""What every test stands on: no keys, no real model, a data folder of its own."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Pictures hold times of day; they must not depend on where the tests run.
os.environ["TZ"] = "UTC"
time.tzset()

settings.register_profile("quick", deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
settings.register_profile("default", deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", deadline=None, max_examples=1_000, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("TICKERTAPE_HYPOTHESIS", "default"))


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


@pytest.fixture(scope="session")
def streams() -> Path:
    """The folder of recorded provider streams; tests that need it are skipped without it."""
    folder = os.environ.get("TICKERTAPE_STREAMS")
    if not folder:
        pytest.skip("TICKERTAPE_STREAMS does not name the folder of recorded streams")
    return Path(folder)
