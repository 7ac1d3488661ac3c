"""The prompt: what a model is told besides the conversation. Knows no model and no tool but by name."""

__all__ = ["PERSONA", "TOOL_RULES"]

PERSONA = "You're a helpful assistant."

TOOL_RULES = (
    "When answering a user's question you should first use the tools provided. Call tools that do not need each "
    "other's results together, in the same step. After using a tool its output will be provided back to you. When "
    "you know the answer you MUST use the final_answer tool to give it to the user."
)
