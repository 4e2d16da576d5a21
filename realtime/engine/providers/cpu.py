"""ONNX Runtime on the CPU: everywhere."""

from functools import partial

from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.memory import HostMemory
from livebrush.realtime.engine.provider import Opened, Provider, create_session, session_options


class Device(Provider):
    place = 90

    def problem(self) -> LivebrushError | None:
        return None

    def suits(self, model: StyleModel, precision: str) -> bool:
        return True

    def open(
        self, model: StyleModel, threads: int, precision: str = "auto", size: tuple[int, int] | None = None
    ) -> Opened:
        """In float32, at any size: constants that are folded for one lie in a layout that convolutions cannot use."""
        session = create_session(model.path, model.path.name, session_options(threads))
        return Opened(session.get_providers()[0], partial(HostMemory, session, model))
