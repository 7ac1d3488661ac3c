"""The page that plays, in a real browser: it plays and seeks, and no request leaves it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.formats.exports.playing import playing_page
from agent.recordings.recording import Recording
from tests.tui.replays import session

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")

EVENTS = session()
_PATIENCE = 60_000
"""Milliseconds."""


def _browser() -> str | None:
    """A Chromium of the system's; None where only playwright may have one."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[Any, list[str], list[str]]]:
    """A page in a browser, the requests it made and what it complained of."""
    async with playwright.async_playwright() as started:
        try:
            browser = await started.chromium.launch(executable_path=_browser(), args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"there is no Chromium: {str(error).splitlines()[0]}")
        try:
            page = await browser.new_page()
            requests: list[str] = []
            complaints: list[str] = []
            page.on("request", lambda request: requests.append(request.url))
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            await page.goto(path.as_uri())
            yield page, requests, complaints
        finally:
            await browser.close()


@pytest.fixture
def page_path(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text("".join(playing_page(Recording.of(EVENTS))), encoding="utf-8")
    return path


async def test_it_seeks_and_plays_and_asks_nobody_for_anything(page_path: Path) -> None:
    expect = playwright.expect
    async with opened(page_path) as (page, requests, complaints):
        assert await page.locator("section:visible").count() == 1
        assert not await page.get_by_text("it was added").is_visible()
        await page.keyboard.press("End")
        assert await page.locator("section:visible").count() == 2
        text = await page.locator("main").inner_text()
        assert "**result** is `14`" in text
        assert "look_up" in text
        await page.keyboard.press("Home")
        assert await page.locator("body").get_attribute("data-time") == "0"
        await page.select_option("#speed", "16")
        await page.click("#play")
        await expect(page.get_by_text('{"x": 3, "y": 4}').first).to_be_visible(timeout=_PATIENCE)
        await expect(page.locator("#play")).to_have_text("Play", timeout=_PATIENCE)
        assert "Question 2" in await page.locator("main").inner_text()
        await page.locator(".mark.call").first.click()
        assert await page.locator(".item.call:visible").count() == 1
    assert requests == [page_path.as_uri()]
    assert complaints == []
