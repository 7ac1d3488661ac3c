"""The prompt: what a model is told besides the conversation. Knows no model and no tool but by name."""

from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder

__all__ = ["PERSONA", "PROMPT", "TOOL_RULES"]

PERSONA = "You're a helpful assistant."

TOOL_RULES = (
    "When answering a user's question you should first use the tools provided. Call tools that do not need each "
    "other's results together, in the same step. After using a tool its output will be provided back to you. When "
    "you know the answer you MUST use the final_answer tool to give it to the user."
)

PROMPT = ChatPromptTemplate.from_messages(
    [
        ("system", "{system}"),
        MessagesPlaceholder("chat_history"),
        ("human", "{input}"),
        MessagesPlaceholder("agent_scratchpad"),
    ]
)
"""Takes `system`, `chat_history`, `input` and `agent_scratchpad`, as the article's prompt does."""
