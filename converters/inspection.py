"""What an ONNX file holds, by reading it and running it once: contract, styles, work a frame takes, slow operators."""

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort

from livebrush.converters.checkpoints.file_kind import kind_of
from livebrush.converters.foreign.opening import open_onnx
from livebrush.converters.graph_edit import attributes
from livebrush.converters.running import reason
from livebrush.models.catalogue import file_called
from livebrush.models.contract import METADATA_KEY, StyleModel, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.models.ports import text
from livebrush.models.textures import CONTRACT as TEXTURE_CONTRACT
from livebrush.models.textures import TextureModel, read_texture_model

SIZE = (480, 640)
"""height and width at which the work is counted, where sizes are free"""
OFF_FAST_PATH = {
    "InstanceNormalization": "statistics of every frame, between two changes of layout",
    "ConvTranspose": "no blocked layout",
    "DepthToSpace": "one element at a time, between two changes of layout",
    "PRelu": "no blocked layout",
    "QuantizeLinear": "work of its own, unless the processor has 8-bit instructions",
    "DequantizeLinear": "work of its own, unless the processor has 8-bit instructions",
}
"""operators that leave the blocked layout of ONNX Runtime's convolutions on the CPU -> why they cost time"""
_REFLECTS = "between two changes of layout"


@dataclass(frozen=True)
class Inspection:
    """style_model: None for a file that is none
    texture:     None for a file that is no texture net
    inputs, outputs: name -> type and shape, in words
    values:     of all weights together
    macs:       multiply-adds of the convolutions and matrix products of one frame of `size`; None: it did not run
    slow:       operators off the fast path -> how often
    problem:    why it is no style model, or does not run, or ""
    """

    path: str
    bytes: int
    opset: int
    producer: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    operators: dict[str, int]
    slow: dict[str, int]
    values: int
    size: tuple[int, int]
    macs: int | None
    style_model: StyleModel | None = None
    texture: TextureModel | None = None
    problem: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        apart = ("style_model", "texture", "reasons")
        found = {key: value for key, value in self.__dict__.items() if key not in apart}
        if self.texture:
            return found | {"livebrush": json.loads(self.texture.metadata.to_json())}
        return found | {"livebrush": asdict(self.style_model.metadata) if self.style_model else None}

    def lines(self) -> list[str]:
        """For a person."""
        rows = [
            (
                "file",
                f"{self.bytes / 1e6:.2f} MB, opset {self.opset}{self.producer and f', by {self.producer}'}",
            )
        ]
        rows += self._contract()
        rows += [("input", f"{name} {what}") for name, what in self.inputs.items()]
        rows += [("output", f"{name} {what}") for name, what in self.outputs.items()]
        rows.append(("weights", f"{self.values:,} values"))
        height, width = self.size
        work = (
            "not counted: it does not run"
            if self.macs is None
            else f"{self.macs / 1e9:.2f} billion multiply-adds"
        )
        rows.append(("work", f"{work} for a frame of {width}x{height}"))
        rows.append(("operators", ", ".join(f"{n} {name}" for name, n in self.operators.items())))
        rows += [("slow", f"{count} {name}: {self.reasons[name]}") for name, count in self.slow.items()]
        if not self.slow:
            rows.append(("slow", "none: all operators are on the fast path of the CPU"))
        rows += [("note", self.problem)] if self.problem else []
        return [self.path, *(f"  {key:10} {value}" for key, value in rows)]

    def _contract(self) -> list[tuple[str, str]]:
        if self.texture:
            made = self.texture.metadata
            return [
                ("contract", f"texture {TEXTURE_CONTRACT} (sizes divide by {made.multiple})"),
                (
                    "texture",
                    f"{made.style.name}: {made.style.credit()}; 'livebrush texture' makes pictures of it",
                ),
                ("recipe", json.dumps(made.recipe, ensure_ascii=False) if made.recipe else "not stated"),
            ]
        if self.style_model is None:
            return [("contract", "none: not a style model; `convert` may make one of it")]
        facts = self.style_model.metadata
        rows = [("contract", f"{facts.contract} ({facts.kind}, net {facts.net}, sizes divide by {facts.multiple}, "
                 f"margin {facts.margin})")]  # fmt: skip
        rows += [("style", f"{style.name}: {style.credit()}") for style in facts.styles]
        return [
            *rows,
            ("recipe", json.dumps(facts.recipe, ensure_ascii=False) if facts.recipe else "not stated"),
        ]


def inspect(path: str | os.PathLike[str]) -> Inspection:
    """Look into an ONNX file, a style model or not: `lines()` for a person, `as_json()` for a program.

    path:   of the file; or a style, as it is named elsewhere: those of pictures, blends and files of several are made
    raises: LivebrushError for a file that is no ONNX, or damaged
    """
    path = _file_of(str(path))
    if kind_of(path) != "onnx":
        raise LivebrushError(
            f"{path.name} is no ONNX file but one of weights ({kind_of(path)})",
            code="unsupported",
            remedy="convert_first",
        )
    model = open_onnx(path)
    style_model, texture, problem = None, _texture(path), ""
    if texture is None and any(entry.key == METADATA_KEY for entry in model.metadata_props):
        try:
            style_model = read_style_model(path)
        except LivebrushError as error:
            problem = str(error)
    size, macs, failed = _work(model, texture)
    operators = Counter(node.op_type for node in model.graph.node)
    slow, reasons = _slow(model)
    return Inspection(
        str(path), path.stat().st_size,
        next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 0),
        text(model.producer_name), _ends(model, model.graph.input), _ends(model, model.graph.output),
        dict(operators.most_common()), slow, sum(int(np.prod(tensor.dims)) for tensor in model.graph.initializer),
        size, macs, style_model, texture, problem or failed, reasons,
    )  # fmt: skip


def _file_of(text: str) -> Path:
    from livebrush.realtime.made.asked import find_choice, is_made

    return find_choice(text).model.path if is_made(text) else file_called(text)


def _texture(path: Path) -> TextureModel | None:
    """None for a file that is no texture net."""
    try:
        return read_texture_model(path)
    except LivebrushError:
        return None


def _slow(model: onnx.ModelProto) -> tuple[dict[str, int], dict[str, str]]:
    found: Counter[str] = Counter()
    reasons = dict(OFF_FAST_PATH)
    for node in model.graph.node:
        mode = attributes(node).get("mode")
        if node.op_type == "Pad" and mode == "reflect":
            name, why = "Pad (reflect)", _REFLECTS
        elif node.op_type == "Resize" and mode == "nearest" and _half_pixel(node):
            name, why = "Resize (nearest, half pixel)", _REFLECTS
        elif node.op_type in OFF_FAST_PATH:
            name, why = node.op_type, OFF_FAST_PATH[node.op_type]
        else:
            continue
        found[name] += 1
        reasons[name] = why
    return dict(found.most_common()), reasons


def _half_pixel(node: onnx.NodeProto) -> bool:
    return attributes(node).get("coordinate_transformation_mode", "half_pixel") != "asymmetric"


def _ends(model: onnx.ModelProto, values: Any) -> dict[str, str]:
    weights = {tensor.name for tensor in model.graph.initializer}
    found = {}
    for value in values:
        kind = value.type.tensor_type
        if value.name not in weights:
            shape = [text(d.dim_param) or (str(d.dim_value) if d.dim_value else "?") for d in kind.shape.dim]
            dtype = onnx.TensorProto.DataType.Name(kind.elem_type).lower() if kind.elem_type else "?"
            found[text(value.name)] = f"{dtype} [{', '.join(shape)}]"
    return found


def _work(model: onnx.ModelProto, texture: TextureModel | None) -> tuple[tuple[int, int], int | None, str]:
    """The size of a frame, the multiply-adds that it takes, and why there is no count: it is run once and looked at."""
    size = SIZE
    with TemporaryDirectory() as folder:
        options = ort.SessionOptions()
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "run")
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.add_session_config_entry("session.disable_prepacking", "1")  # packed weights tell no shape
        options.log_severity_level = 4
        try:
            session = ort.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"], enable_fallback=0
            )
            feeds, size = (_noise(texture), SIZE) if texture else _feeds(session)
            session.run(None, feeds)
            events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            return size, None, f"it does not run: {reason(error)}"
    return (
        size,
        sum(
            _multiply_adds(event["args"]) for event in events if "output_type_shape" in event.get("args", {})
        ),
        "",
    )


def _noise(texture: TextureModel) -> dict[str, np.ndarray]:
    """Nothing but ones, for a picture of SIZE."""
    made = texture.metadata
    return {
        name: np.ones((1, made.channels, *((side >> scale) + 2 * margin for side in SIZE)), np.float32)
        for scale, (name, margin) in enumerate(zip(made.inputs, made.margins, strict=True))
    }


def _feeds(session: ort.InferenceSession) -> tuple[dict[str, np.ndarray], tuple[int, int]]:
    """Grey frames, and ones for everything else; the size of the frames."""
    feeds, size = {}, SIZE
    for entry in session.get_inputs():
        free = iter(SIZE)
        fixed = [side if isinstance(side, int) and side > 0 else None for side in entry.shape]
        shape = [side if side is not None else 1 for side in fixed]
        if len(shape) == 4:
            sides = (1, 2) if fixed[3] in (3, 10) else (2, 3)
            for axis in sides:
                shape[axis] = fixed[axis] or next(free)
            size = (shape[sides[0]], shape[sides[1]])
        dtype = {"tensor(uint8)": np.uint8, "tensor(float16)": np.float16}.get(entry.type, np.float32)
        feeds[entry.name] = np.ones(shape, dtype)
    return feeds, size


def _multiply_adds(run: Mapping[str, Any]) -> int:
    """Of one node that ran, by the shapes that went in and came out."""
    inputs = [next(iter(entry.values())) for entry in run["input_type_shape"]]
    outputs = [next(iter(entry.values())) for entry in run["output_type_shape"]]
    operator = run["op_name"]
    if operator in ("Conv", "QLinearConv") and outputs:
        weight = inputs[3] if operator == "QLinearConv" else inputs[1]
        return int(np.prod(outputs[0]) * np.prod(weight[1:]))
    if operator == "ConvTranspose":
        return int(np.prod(inputs[0]) * np.prod(inputs[1][1:]))
    if operator in ("MatMul", "Gemm") and outputs and inputs[0]:
        return int(np.prod(outputs[0]) * inputs[0][-1])
    return 0
