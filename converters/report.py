"""What a conversion found and did, for a person and as JSON."""

from dataclasses import asdict, dataclass, field
from typing import Any

from livebrush.converters.likeness import Likeness
from livebrush.converters.precision.look_kept import LookKept
from livebrush.converters.rewriting import Step


@dataclass(frozen=True)
class Report:
    """sources:    names of the files
    net:        the architecture, or that it is a foreign ONNX
    facts:      what was found out about it: name -> words
    likeness:   to the net as it was, at its own size, or at 640x480 where that is free
    steps:      the rewrites
    was_ms:     one frame as the file was, at its fixed size or 640x480; now_ms: 640x480 as it is; None: not measured
    bytes:      of the sources and of the style model
    notes:      what a person must know
    look:       what fewer bits and fixed norms leave of the look; None: nothing of the kind was done, or not measured
    """

    sources: list[str]
    output: str
    net: str
    facts: dict[str, str]
    likeness: Likeness
    steps: list[Step]
    bytes: tuple[int, int]
    was_ms: float | None = None
    now_ms: float | None = None
    was_size: tuple[int, int] = (480, 640)
    notes: list[str] = field(default_factory=list)
    look: LookKept | None = None

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "speedup": self.speedup}

    @property
    def speedup(self) -> float | None:
        return None if not self.was_ms or not self.now_ms else self.was_ms / self.now_ms

    def lines(self, *, full: bool) -> list[str]:
        """For a person; full: with every rewrite."""
        rows = {"net": self.net, **self.facts, "parity": str(self.likeness)}
        if self.was_ms and self.now_ms:
            height, width = self.was_size
            rows["speed"] = (
                f"{self.now_ms:.0f} ms at 640x480; as it was {self.was_ms:.0f} ms at {width}x{height}: "
                f"{self.was_ms / self.now_ms:.2f} times as fast"
            )
        was, now = (size / 1e6 for size in self.bytes)
        rows["size"] = f"{now:.2f} MB" + (f" (before {was:.2f} MB)" if was else "")
        lines = [f"{', '.join(self.sources)} -> {self.output}"]
        lines += [f"  {key:13} {value}" for key, value in rows.items()]
        for step in self.steps if full else ():
            times = (
                f"; {step.before_ms:.0f} -> {step.after_ms:.0f} ms of processor time"
                if step.before_ms and step.after_ms
                else ""
            )
            kept = (
                f"left as it was: {step.refused}" if step.refused else f"{step.count} times, {step.likeness}"
            )
            lines.append(f"  {'rewrite':13} {step.name}: {kept}{times}")
        return lines + [f"  {'note':13} {note}" for note in self.notes]
