"""An agent that does to its process what foreign code does, and asks what agents ask, as its question says."""

import ctypes
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.config import get_stream_writer
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt

__all__ = ["obeying"]

_NIGHTS = {"type": "object", "properties": {"nights": {"type": "integer"}}, "required": ["nights"]}


def _fail() -> None:
    raise ValueError("the moon is new")


def _log() -> None:
    logging.getLogger("agent.of.the.user").warning("the moon is %s", "full")


def _look() -> str:
    """What its process has in common with the program's, and whether that has a terminal."""
    seen = [os.getcwd(), os.environ.get("PYTHONPATH"), sys.argv, sys.stdin.read()]
    return json.dumps([*seen, os.getsid(0) == os.getpid()])


def _wait(fifo: str) -> None:
    """Say that it waits, and wait."""
    os.open(fifo, os.O_WRONLY)
    time.sleep(1000)


def _hold(fifo: str) -> None:
    """The same, and hold the interpreter meanwhile: no other thread goes on."""
    os.open(fifo, os.O_WRONLY)
    ctypes.PyDLL(None).sleep(1000)


def _write(number: str) -> None:
    write = get_stream_writer()
    for one in range(int(number)):
        write(one)


_DEEDS: dict[str, Callable[..., object]] = {
    "ask": lambda: interrupt("How long?", response_schema=_NIGHTS),
    "exit": lambda code: os._exit(int(code)),
    "fail": _fail,
    "hold": _hold,
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "log": _log,
    "look": _look,
    "mail": lambda: interrupt({"action_requests": [{"name": "mail", "args": {"to": "ada"}}]}),
    "pid": os.getpid,
    "wait": _wait,
    "write": _write,
}


def _obey(state: MessagesState) -> dict[str, Any]:
    deed, *more = state["messages"][-1].text.split()
    said = len(state["messages"]) if deed == "count" else _DEEDS[deed](*more)
    return {"messages": [AIMessage(str(said))]}


obeying = StateGraph(MessagesState).add_node(_obey).add_edge(START, "_obey").compile()
