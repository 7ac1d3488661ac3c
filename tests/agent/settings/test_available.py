"""Which models can be used: told from the settings alone, or asked of a server that need not be a good one."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ModelUnavailable
from agent.settings import available
from agent.settings.available import list_models, model_sources
from agent.settings.settings import Settings


def settings(tmp_path: Path, text: str = "", **environ: str) -> Settings:
    """Settings with this file and these variables."""
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return Settings.load({"TICKERTAPE_CONFIG": str(path), **environ}, data_dir=str(tmp_path))


@contextmanager
def server(answer: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, list[Any]]]:
    """A server on loopback; its address, and the headers of the requests that it got."""
    seen: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, dict(self.headers)))
            answer(self)

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{served.server_port}/v1", seen
        finally:
            served.shutdown()
            thread.join()


def answering(body: object, status: int = 200) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """Answer each request with this."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(data)))
        if status in (301, 302):
            request.send_header("Location", "http://127.0.0.1:1/v1/models")
        request.end_headers()
        request.wfile.write(data)

    return answer


def test_without_anything_set_the_offline_model_can_be_used_and_the_rest_says_why_not(tmp_path: Path) -> None:
    offline, openai, *_ = model_sources(settings(tmp_path))
    assert (offline.name, offline.problem) == ("offline", None)
    assert openai.name == "openai"
    assert openai.problem is not None
    assert "OPENAI_API_KEY" in openai.problem


def test_a_provider_of_the_settings_lacks_what_its_variable_does_not_hold(tmp_path: Path) -> None:
    text = "[providers.own]\nbase_url = 'http://127.0.0.1:1/v1'\nkey_env = 'OWN_KEY'\n"
    lacking = next(source for source in model_sources(settings(tmp_path, text)) if source.name == "own")
    assert lacking.problem is not None
    assert "set OWN_KEY" in lacking.problem
    there = next(source for source in model_sources(settings(tmp_path, text, OWN_KEY="k")) if source.name == "own")
    assert there.problem is None


def test_a_variable_of_another_provider_names_the_packages_that_are_missing(tmp_path: Path) -> None:
    source = next(one for one in model_sources(settings(tmp_path, ANTHROPIC_API_KEY="k")) if one.name == "anthropic")
    assert source.problem is None or "langchain-anthropic" in source.problem


@pytest.mark.parametrize("wrap", [lambda entries: {"object": "list", "data": entries}, lambda entries: entries])
def test_a_provider_is_asked_for_its_models_with_its_key_and_headers(
    tmp_path: Path, wrap: Callable[[Any], Any]
) -> None:
    entries = [{"id": "b", "context_length": 32_000}, {"id": "A", "max_model_len": 8_192}, {"id": 3}, "x", {"id": ""}]
    with server(answering(wrap(entries))) as (address, seen):
        text = f"[providers.own]\nbase_url = '{address}'\nkey_env = 'OWN_KEY'\n"
        text += "headers = {X-Team = '${TEAM}', A = 'b'}\n"
        models = list_models(settings(tmp_path, text, OWN_KEY="secret", TEAM="t"), "own")
    assert [(model.spec, model.window) for model in models] == [("own:A", 8_192), ("own:b", 32_000)]
    (path, headers), *_ = seen
    assert path == "/v1/models"
    assert (headers["Authorization"], headers["X-Team"], headers["A"]) == ("Bearer secret", "t", "b")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"error": "x"}, 401, "the key is refused"),
        ({}, 404, "no list of models"),
        ({}, 500, "answered 500"),
        (b"<html>", 200, "is no list of models"),
        (b"[" * 100_000, 200, "models"),
        ({"data": 3}, 200, "gave no list"),
        (b"", 302, "answered 302"),
    ],
)
def test_what_is_no_list_is_told_with_its_reason(tmp_path: Path, body: object, status: int, words: str) -> None:
    with server(answering(body, status)) as (address, _):
        own = settings(tmp_path, OPENAI_BASE_URL=address, OPENAI_API_KEY="secret")
        with pytest.raises(ModelUnavailable, match=words) as raised:
            list_models(own, "openai")
    assert "secret" not in str(raised.value)


def test_a_server_that_drips_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(available, "_TIMEOUT", 0.2)
    ended = threading.Event()

    def drip(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not ended.wait(0.02):
            request.wfile.write(b" ")

    with server(drip) as (address, _):
        try:
            with pytest.raises(ModelUnavailable, match="did not answer within"):
                list_models(settings(tmp_path, OPENAI_BASE_URL=address), "openai")
        finally:
            ended.set()


def test_openai_itself_is_not_asked_without_a_key(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="openai: set OPENAI_API_KEY, or"):
        list_models(settings(tmp_path), "openai")


@pytest.mark.parametrize("address", ["file:///etc", "http://127.0.0.1:1/v1", "http://[", "nonsense"])
def test_an_address_where_nobody_answers_is_told(tmp_path: Path, address: str) -> None:
    with pytest.raises(ModelUnavailable, match="openai: "):
        list_models(settings(tmp_path, OPENAI_BASE_URL=address), "openai")


def test_the_agents_of_the_settings_are_listed_with_what_they_miss(tmp_path: Path) -> None:
    text = (
        '[agents.far]\nurl = "https://u:hush-hush-hush@example.org/agent"\nkey_env = "FAR_TOKEN"\n'
        '[agents.near]\ngraph = "mine.py:graph"\n'
    )
    listed = {source.name: source for source in model_sources(settings(tmp_path, text))}
    assert listed["agent:near"].problem is None
    assert "set FAR_TOKEN" in str(listed["agent:far"].problem)
    assert "hush" not in listed["agent:far"].origin
    with_token = model_sources(settings(tmp_path, text, FAR_TOKEN="sesame-sesame"))  # noqa: S106 - of nobody
    assert {source.name: source.problem for source in with_token}["agent:far"] is None
