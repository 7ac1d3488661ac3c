"""The prompt: braces and templates in what people write are text."""

from hypothesis import given
from langchain_core.messages import AIMessage, HumanMessage

from agent.sources.executor.prompts import PROMPT
from tests.agent.strategies import TEXTS


@given(TEXTS, TEXTS, TEXTS)
def test_what_is_written_is_told_as_it_is(system: str, question: str, answer: str) -> None:
    braces = "{system} {{input}} {0} %s ${x} "
    past = [HumanMessage(braces + question), AIMessage(braces + answer)]
    messages = PROMPT.format_messages(
        system=braces + system, chat_history=past, input=braces + question, agent_scratchpad=[AIMessage(answer)]
    )
    assert [(message.type, message.content) for message in messages] == [
        ("system", braces + system),
        ("human", braces + question),
        ("ai", braces + answer),
        ("human", braces + question),
        ("ai", answer),
    ]
