"""Which commands make of an order what was ordered: steps, each with its arguments and what it leaves."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Self

from livebrush.realtime.studio.work.names import LONGEST, different, shown_line, shown_name
from livebrush.realtime.studio.work.orders import Paint, Still, Train

IN, OUT = "in", "out"
"""folders in a job's own, in which its commands run"""
_LONG = 1000  # frames that a still or a training is taken for


@dataclass(frozen=True)
class Input:
    """path: in the job's folder; name: as the person calls it; kind: "picture" or "video\""""

    path: str
    name: str
    kind: str
    frames: int = 1

    @property
    def stem(self) -> str:
        return PurePosixPath(self.path).stem


@dataclass(frozen=True)
class Brush:
    """text: for -s; label: for the names of results"""

    text: str
    label: str


@dataclass(frozen=True)
class Output:
    """pattern: of the path in the job's folder; name: to be downloaded under; kind: "picture", "video" or "style"
    source: the path of what it is painted from, "" for none
    """

    pattern: str
    name: str
    kind: str
    source: str = ""

    def found(self, folder: Path, *, unfinished: bool = False) -> Path | None:
        """unfinished: a video that was cut short, and plays, will do"""
        patterns = [self.pattern, *([self.pattern.replace(".mp4", ".partial*.mp4")] if unfinished else [])]
        return next((path for pattern in patterns for path in sorted(folder.glob(pattern))), None)


@dataclass(frozen=True)
class Step:
    """weight: frames to paint, or a guess of as much work, for the progress of the whole
    state:  the file from which the command goes on by --resume, where it is there; "": the command sees by itself
    """

    arguments: list[str]
    weight: int
    outputs: list[Output]
    state: str = ""

    def command(self, folder: Path) -> list[str]:
        """The arguments of `livebrush`, to be run in the job's folder, for the first time or once more."""
        goes_on = self.state and (folder / self.state).exists()
        return [*self.arguments, *(["--resume"] if goes_on else []), "--progress", "json"]


@dataclass(frozen=True)
class Plan:
    """names: what the person calls the files that messages of the commands name"""

    steps: list[Step]
    names: dict[str, str]

    @property
    def weight(self) -> int:
        return sum(step.weight for step in self.steps)

    @property
    def outputs(self) -> list[Output]:
        """All of them, no two of one name."""
        outputs = [output for step in self.steps for output in step.outputs]
        names = different([output.name for output in outputs])
        return [replace(output, name=name) for output, name in zip(outputs, names, strict=True)]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Self:
        steps = [
            Step(**{**step, "outputs": [Output(**output) for output in step["outputs"]]})
            for step in told["steps"]
        ]
        return cls(steps, told["names"])


def plan_of(
    order: Paint | Still | Train, inputs: Sequence[Input], brushes: Sequence[Brush], content: Path | None, device: str
) -> Plan:  # fmt: skip
    """The steps of an order.

    inputs, brushes: the files and styles that it names
    content:         photos to train on; None: those that ship
    """
    steps = []
    for number, brush in enumerate(brushes):
        into = f"{OUT}/{number}"
        match order:
            case Paint():
                steps += _painting(order, inputs, brush, into, device)
            case Still():
                steps += [_still(order, photo, brush, into, device) for photo in inputs]
            case Train():
                steps.append(_training(order, brush, into, content, device))
    names = {item.path: item.name for item in inputs} | {brush.text: brush.label for brush in brushes}
    return Plan(steps, names)


def _painting(order: Paint, inputs: Sequence[Input], brush: Brush, into: str, device: str) -> list[Step]:
    """All pictures by one command, each video by one of its own."""
    options = order.options
    told = ["-s", brush.text, "--device", device, "--strength", str(options.strength)]
    told += ["--keep-colours"] if options.keep_colours else []
    told += ["--only", options.only] if options.only else []
    told += ["--stroke", str(options.stroke)] if options.stroke else []
    pictures = [item for item in inputs if item.kind == "picture"]
    steps = []
    if pictures:
        paths = [picture.path for picture in pictures]
        outputs = [
            Output(f"{into}/{picture.stem}_*.png", _named(picture, brush, ".png"), "picture", picture.path)
            for picture in pictures
        ]
        steps.append(Step(["image", *paths, "-o", f"{into}/", "-n", *told], len(pictures), outputs))
    told += ["--steady"] if options.steady else []
    told += ["--size", str(options.height)] if options.height else []
    for video in (item for item in inputs if item.kind == "video"):
        target = f"{into}/{video.stem}.mp4"
        plays_everywhere = ["--no-subtitles", "--pix-fmt", "yuv420p"]
        preview = ["--preview", f"{into}/{video.stem}.newest.jpg"]
        steps.append(
            Step(
                ["video", video.path, "-o", target, "--resume", "-y", *preview, *plays_everywhere, *told],
                video.frames,
                [Output(target, _named(video, brush, ".mp4"), "video", video.path)],
            )
        )
    return steps


def _still(order: Still, photo: Input, brush: Brush, into: str, device: str) -> Step:
    options = order.options
    target = f"{into}/{photo.stem}.png"
    told = ["--style", brush.text, "--device", _of_torch(device), "--strength", str(options.strength)]
    told += ["--size", str(options.size), "--recipe", options.recipe]
    told += ["--keep-colours"] if options.keep_colours else []
    told += ["--steps", str(options.steps)] if options.steps else []
    output = Output(target, _named(photo, brush, ".png"), "picture", photo.path)
    return Step(["still", photo.path, "-o", target, "-y", *told], _LONG, [output], f"{target}.resume")


def _training(order: Train, brush: Brush, into: str, content: Path | None, device: str) -> Step:
    options = order.options
    target = f"{into}/style.onnx"
    told = ["--content", str(content)] if content else []
    told += ["--run-dir", f"{into}/run", "--few-photos", "-y"]
    told += ["--images", str(options.images), "--net", options.net, "--style-size", str(options.style_size)]
    label = shown_line(options.title, LONGEST) or brush.label
    told += [f"--title={label}", "--device", _of_torch(device)]
    output = Output(target, f"{shown_name(label)}.onnx", "style")
    arguments = ["train", "painting", brush.text, "-o", target, *told]
    return Step(arguments, _LONG, [output], f"{into}/run/last.safetensors")


def _named(item: Input, brush: Brush, suffix: str) -> str:
    return f"{PurePosixPath(item.name).stem}_{brush.label}{suffix}"


def _of_torch(device: str) -> str:
    return device if device in ("cpu", "cuda") else "auto"
