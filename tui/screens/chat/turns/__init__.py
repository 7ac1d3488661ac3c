"""Turns of the chat: `asking` begins them, `queue` has what waits behind them, `approvals` asks about their tools."""
