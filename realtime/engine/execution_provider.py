"""Devices that ONNX Runtime reaches by an execution provider which takes arrays and gives arrays."""

from functools import partial
from typing import Any, ClassVar

import onnxruntime as ort

from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.memory import HostMemory
from livebrush.realtime.engine.provider import (
    Opened,
    Provider,
    came_up,
    create_session,
    first_painting,
    levels_off,
    session_options,
)


class ExecutionProviderDevice(Provider):
    """One of ONNX Runtime's execution providers; what it paints is compared with the CPU before it is used.

    execution_provider: ONNX Runtime's name
    title:              for people
    package:            what brings it
    """

    in_parallel = False
    execution_provider: ClassVar[str]
    title: ClassVar[str]
    package: ClassVar[str]

    def options(self, size: tuple[int, int] | None) -> dict[str, Any]:
        """The execution provider's own; size: see `Provider.open`."""
        return {}

    def problem(self) -> LivebrushError | None:
        if self.execution_provider in ort.get_available_providers():
            return None
        return LivebrushError(
            f"this ONNX Runtime is built without {self.title}",
            code="unavailable",
            remedy="package_or_cpu",
            package=self.package,
        )

    def suits(self, model: StyleModel, precision: str) -> bool:
        return precision != "float16" and not self.problem()

    def open(
        self, model: StyleModel, threads: int, precision: str = "auto", size: tuple[int, int] | None = None
    ) -> Opened:
        """In the precision that the execution provider chooses, where that paints what the CPU paints."""
        if problem := self.problem():
            raise problem
        if precision == "float16":
            raise LivebrushError(
                f"{self.title} chooses its precision itself: use auto or float32", code="unsupported"
            )
        name, options = model.path.name, session_options(threads, size)
        options.log_severity_level = 4  # what goes wrong is said once, by the error
        session = create_session(model.path, name, options, self.execution_provider, self.options(size))
        came_up(session, self.execution_provider, self.title, "package_or_cpu", package=self.package)
        begin = partial(HostMemory, session, model)
        off = levels_off(first_painting(begin(), model, self.title, size), model, size)
        if off > self.farthest:
            raise LivebrushError(
                f"{self.title} paints {off:.1f} levels off what the CPU paints of {name}", code="unsupported"
            )
        return Opened(session.get_providers()[0], begin)
