"""LangChain's standard tests on the offline model. Skipped are only images, audio, PDF, JSON mode, structured output
and serialisation, which it does not offer.
"""

from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from agent.sources.models.arithmetic.model import ArithmeticChatModel


class TestUnit(ChatModelUnitTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ArithmeticChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"fragments_per_second": None}

    @property
    def has_tool_calling(self) -> bool:
        return True

    @property
    def has_tool_choice(self) -> bool:
        return True

    @property
    def has_structured_output(self) -> bool:
        return False

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        """A key in the environment changes nothing: the model needs none."""
        return {"OPENAI_API_KEY": "test"}, {}, {"model_name": "offline"}


# The timed standard test times a recording of HTTP; without one it runs the model and leaves its timer unused.
@pytest.mark.filterwarnings("ignore:Benchmark fixture was not used")
class TestIntegration(ChatModelIntegrationTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ArithmeticChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"fragments_per_second": None}

    @property
    def has_tool_calling(self) -> bool:
        return True

    @property
    def has_tool_choice(self) -> bool:
        return True

    @property
    def has_structured_output(self) -> bool:
        return False

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "offline"

    @property
    def enable_vcr_tests(self) -> bool:
        return True
