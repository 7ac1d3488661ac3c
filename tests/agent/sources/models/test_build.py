"""Building a model: what can be had, and what is missing where it cannot. Nothing here touches the network."""

import socket
import sys
from types import ModuleType
from typing import Any, NoReturn

import pytest

from agent.errors import ModelUnavailable
from agent.sources.models.arithmetic.model import ArithmeticChatModel
from agent.sources.models.build import build_model
from agent.sources.models.openai.model import OpenAIChat


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_offline_needs_nothing() -> None:
    assert isinstance(build_model("offline"), ArithmeticChatModel)


@pytest.mark.parametrize(("rate", "paced"), [(0.0, None), (25.0, 25.0)])
def test_the_pace_of_offline_can_be_set(rate: float, paced: float | None) -> None:
    model = build_model("offline", offline_rate=rate)
    assert isinstance(model, ArithmeticChatModel)
    assert model.fragments_per_second == paced


def test_openai_takes_a_key_or_a_server_of_ones_own() -> None:
    keyed = build_model("openai:gpt-x", api_key="k")
    own = build_model("openai:org/name:tag", base_url="http://127.0.0.1:1/v1")
    assert isinstance(keyed, OpenAIChat)
    assert isinstance(own, OpenAIChat)
    assert (keyed.model_name, own.model_name) == ("gpt-x", "org/name:tag")
    assert own.base_url == "http://127.0.0.1:1/v1"


def test_the_responses_api_is_asked_by_langchains_own_client() -> None:
    model = build_model("openai-responses:gpt-x", api_key="k", temperature=0.5)
    assert (type(model).__name__, model.__dict__["use_responses_api"]) == ("ChatOpenAI", True)
    assert (model.__dict__["max_retries"], model.__dict__["temperature"]) == (0, 0.5)


def test_a_temperature_is_sent_only_where_it_is_set() -> None:
    keyed = build_model("openai:gpt-x", api_key="k")
    warm = build_model("openai:gpt-x", api_key="k", temperature=0.0)
    assert isinstance(keyed, OpenAIChat)
    assert isinstance(warm, OpenAIChat)
    assert "temperature" not in keyed.payload([])
    assert warm.payload([])["temperature"] == 0.0


def test_openai_without_either_says_what_to_set() -> None:
    with pytest.raises(ModelUnavailable, match=r"OPENAI_API_KEY.*OPENAI_BASE_URL"):
        build_model("openai:gpt-x")


@pytest.mark.parametrize("spec", ["", "gpt-4o", "openai:", ":x", "Offline"])
def test_a_specification_that_names_nothing_says_how_to_write_one(spec: str) -> None:
    with pytest.raises(ModelUnavailable, match="PROVIDER:NAME"):
        build_model(spec)


def test_another_provider_without_langchain_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    with pytest.raises(ModelUnavailable, match="pip install langchain langchain-anthropic"):
        build_model("anthropic:claude")


def _langchain(monkeypatch: pytest.MonkeyPatch, outcome: Any) -> None:
    """LangChain's own factory, which is not a dependency, with this outcome."""

    def init_chat_model(_spec: str, **_options: Any) -> Any:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    module = ModuleType("langchain.chat_models")
    module.__dict__["init_chat_model"] = init_chat_model
    monkeypatch.setitem(sys.modules, "langchain", ModuleType("langchain"))
    monkeypatch.setitem(sys.modules, "langchain.chat_models", module)


def test_another_provider_without_its_package_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _langchain(monkeypatch, ImportError("no module"))
    with pytest.raises(ModelUnavailable, match="pip install langchain-anthropic"):
        build_model("anthropic:claude")


def test_another_providers_own_error_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    _langchain(monkeypatch, ValueError("no\nkey"))
    with pytest.raises(ModelUnavailable, match="--model anthropic:claude: no key"):
        build_model("anthropic:claude")


def test_another_provider_gives_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ArithmeticChatModel()
    _langchain(monkeypatch, model)
    assert build_model("anthropic:claude") is model
