"""Workers for tests of those who use them: each task is done at once, in this process, when it is asked for."""

import threading
from collections import deque
from typing import Any, Self

from livebrush.realtime.workers.port import Message, Task
from livebrush.realtime.workers.process import outcome_of


class Here:
    """given: the tasks, in order; before: called with each task before it is done; it may stop the workers"""

    def __init__(self, count: int = 1, before: Any = lambda task: None) -> None:
        self.count, self.cores, self.given = count, None, []
        self._before, self._tasks, self._messages = before, deque[Task](), deque[Message]()
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    @property
    def expected(self) -> int:
        return self.count

    @property
    def free(self) -> int:
        return self.count - len(self._tasks)

    def give(self, task: Task) -> None:
        self.given.append(task)
        self._tasks.append(task)

    def next(self, timeout_s: float) -> Message | None:
        if not self._messages and self._tasks:
            task = self._tasks.popleft()
            self._before(task)
            ended = outcome_of(task, self._messages.append, self._stopping)
            self._messages.append(ended)
        return self._messages.popleft() if self._messages else None

    def stop(self) -> None:
        self._stopping.set()
