"""Runs a blocking function in a daemon thread of its own, so that nothing waits for it that does not want to.

`asyncio.to_thread` will not do: its pool is joined when the loop closes and when the program exits, so a tool that
sleeps would hold up the exit.
"""

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

__all__ = ["in_thread"]

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `function` gives, called in a thread with a copy of this context; its errors are raised here.

    A cancel returns at once; the thread goes on by itself and what it gives is dropped.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # None only where T allows it

    def call() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = context.run(function, *args, **kwargs)
        except StopIteration as stop:  # no future can carry it
            error = RuntimeError(f"StopIteration: {stop}")
        except Exception as caught:  # handed to whoever awaits
            error = caught
        except BaseException as stop:  # an exit or a cancel here is not one there: it would end the loop
            error = RuntimeError(f"{type(stop).__name__}: {stop}")
            error.__cause__ = stop
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=call, name=getattr(function, "__name__", "in_thread"), daemon=True).start()
    return await future
