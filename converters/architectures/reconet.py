"""ReCoNet (Gao et al. 2018, for video) as two projects write it down: safwankdb's, and EmptySamurai's."""

from torch import nn

from livebrush.converters.architectures.architecture import Architecture, ForeignNet
from livebrush.converters.architectures.layers import Residual, Scale, conv_of, norm_of, twice
from livebrush.converters.checkpoints.checkpoint import Checkpoint
from livebrush.models.errors import LivebrushError


def _load_safwankdb(checkpoint: Checkpoint) -> ForeignNet:
    """Levels 0-255 in and out; tanh is taken of values over 255."""
    t = checkpoint.tensors

    def normed(key: str, stride: int = 1) -> list[nn.Module]:
        return [conv_of(t, f"{key}.conv2d", stride), norm_of(t, f"{key}.instance"), nn.ReLU()]

    blocks = [
        Residual(
            nn.Sequential(
                conv_of(t, f"res{n}.conv1.conv2d"),
                norm_of(t, f"res{n}.in1"),
                nn.ReLU(),
                conv_of(t, f"res{n}.conv2.conv2d"),
                norm_of(t, f"res{n}.in2"),
            )
        )
        for n in range(1, 1 + sum(f"res{n}.in1.weight" in t for n in range(1, 100)))
    ]
    return ForeignNet(
        nn.Sequential(
            Scale(255.0),
            *normed("conv1"), *normed("conv2", 2), *normed("conv3", 2),
            *blocks,
            twice(), *normed("deconv1"), twice(), *normed("deconv2"),
            conv_of(t, "deconv3.conv2d"), Scale(1 / 255), nn.Tanh(), Scale(150 / 255, 0.5),
        )
    )  # fmt: skip


def _load_emptysamurai(checkpoint: Checkpoint) -> ForeignNet:
    """-1 to 1 in and out; a ReLU follows each sum.

    raises: LivebrushError for one of filter response norms
    """
    t = checkpoint.tensors
    if "encoder.layers.0.layers.1.eps" in t:
        raise LivebrushError(
            "it has filter response norms, which are not read", code="unsupported", remedy="convert_by_onnx"
        )

    def normed(key: str, stride: int = 1) -> list[nn.Module]:
        return [conv_of(t, f"{key}.layers.0.layers.1", stride), norm_of(t, f"{key}.layers.1")]

    def block(key: str) -> list[nn.Module]:
        branch = nn.Sequential(*normed(f"{key}.branch.0"), nn.ReLU(), *normed(f"{key}.branch.1"))
        return [Residual(branch), nn.ReLU()]

    count = sum(f"encoder.layers.{n}.branch.0.layers.1.weight" in t for n in range(3, 100))
    return ForeignNet(
        nn.Sequential(
            Scale(2.0, -1.0),
            *(
                part
                for n, s in enumerate((1, 2, 2))
                for part in (*normed(f"encoder.layers.{n}", s), nn.ReLU())
            ),
            *(part for n in range(3, 3 + count) for part in block(f"encoder.layers.{n}")),
            *(part for n in (1, 3) for part in (twice(), *normed(f"decoder.layers.{n}"), nn.ReLU())),
            conv_of(t, "decoder.layers.4.layers.0.layers.1"),
            nn.Tanh(),
            Scale(0.5, 0.5),
        )
    )


SAFWANKDB = Architecture(
    "safwankdb/ReCoNet-PyTorch",
    lambda c: {"conv1.instance.weight", "res1.in1.weight", "deconv3.conv2d.weight"} <= c.tensors.keys(),
    _load_safwankdb,
)
EMPTYSAMURAI = Architecture(
    "EmptySamurai/pytorch-reconet",
    lambda c: (
        {"encoder.layers.0.layers.1.weight", "decoder.layers.4.layers.0.layers.1.weight"} <= c.tensors.keys()
    ),
    _load_emptysamurai,
)
