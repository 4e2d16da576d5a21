"""The threads that paint for all visitors: first come, first served."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

ALONE_HZ, EACH_HZ = 40.0, 12.0
"""paintings a second that nets are made small enough for: of one visitor, which leaves time for JPEG and the browser
where cameras give 30; and of each of many"""


class Workers:
    """Nets run one at a time, each on all the cores that it was given; JPEG is read and written beside them.

    Each visitor has one frame in work, so nobody waits longer than for one frame of each of the others.
    """

    def __init__(self) -> None:
        self._nets = ThreadPoolExecutor(1, "livebrush-net")
        self._pictures = ThreadPoolExecutor(2, "livebrush-jpeg")

    async def net(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Something that runs a net."""
        return await _run(self._nets, lambda: work(*args, **kwargs))

    async def picture(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Something short that runs none."""
        return await _run(self._pictures, lambda: work(*args, **kwargs))

    def close(self) -> None:
        self._nets.shutdown(cancel_futures=True)
        self._pictures.shutdown(cancel_futures=True)


async def _run(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, work)


def rate_for(visitors: int) -> float:
    """Paintings a second that a machine has to make for so many."""
    return max(ALONE_HZ, EACH_HZ * visitors)
