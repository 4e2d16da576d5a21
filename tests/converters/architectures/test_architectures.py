"""Every architecture: a checkpoint in its own project's format is recognised, and its net paints the same."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn  # noqa: E402

from livebrush.converters.architectures.architecture import ForeignNet  # noqa: E402
from livebrush.converters.checkpoints.file_kind import kind_of  # noqa: E402
from livebrush.converters.checkpoints.reading import read_checkpoint  # noqa: E402
from livebrush.converters.checkpoints.torch7 import Module  # noqa: E402
from livebrush.converters.export import to_onnx  # noqa: E402
from livebrush.converters.frame_graph import FrameGraph  # noqa: E402
from livebrush.converters.registry import ARCHITECTURES, recognised, unwrapped  # noqa: E402
from livebrush.models.errors import LivebrushError  # noqa: E402
from tests.converters.architectures import nets  # noqa: E402
from tests.converters.checkpoints.tensorflow_writer import write_bundle  # noqa: E402
from tests.converters.checkpoints.torch7_writer import write_torch7  # noqa: E402

Paint = Callable[[Tensor], Tensor]
PHOTO = torch.rand(1, 3, 40, 32, generator=torch.Generator().manual_seed(1))


def loaded(*paths: Path, style: Tensor | None = None) -> tuple[str, ForeignNet]:
    checkpoints = [unwrapped(read_checkpoint(path, kind_of(path))) for path in paths]
    known = recognised(checkpoints)
    return known.name, known.load(*checkpoints, *([] if style is None else [style])).eval()


def assert_same(net: nn.Module, paint: Paint) -> None:
    with torch.no_grad():
        expected, got = paint(PHOTO), net(PHOTO)
    assert expected.std() > 0.01, "the net paints nothing that could differ"
    torch.testing.assert_close(got, expected, atol=5e-4, rtol=0)  # an eighth of a level


def examples() -> nn.Module:
    """Of pytorch/examples, with colours."""
    net = nets.shaken(nets.Examples())
    with torch.no_grad():
        net.deconv3.conv2d.weight *= 50
    return net


@pytest.mark.parametrize("old", [False, True])
def test_pytorch_examples_with_and_without_old_running_statistics(tmp_path: Path, old: bool) -> None:
    net = examples()
    state = net.state_dict()
    if old:
        state |= {f"in{n}.running_mean": torch.zeros(4) for n in range(1, 6)}
        state |= {f"res1.in{n}.running_var": torch.ones(4) for n in (1, 2)}
    torch.save(state, tmp_path / "mosaic.model", _use_new_zipfile_serialization=not old)
    name, got = loaded(tmp_path / "mosaic.model")
    assert name == "pytorch/examples fast_neural_style"
    assert_same(got, nets.by_levels(net))


@pytest.mark.parametrize("prefix", ["netG.", "model.net."])
def test_what_trainers_put_before_all_names_is_left_out(tmp_path: Path, prefix: str) -> None:
    net = examples()
    torch.save({prefix + name: tensor for name, tensor in net.state_dict().items()}, tmp_path / "a.pth")
    name, got = loaded(tmp_path / "a.pth")
    assert name == "pytorch/examples fast_neural_style"
    assert_same(got, nets.by_levels(net))


def test_weights_of_sixteen_bits(tmp_path: Path) -> None:
    save_file = pytest.importorskip("safetensors.torch").save_file
    net = examples().bfloat16()
    save_file(net.state_dict(), tmp_path / "a.safetensors")
    assert_same(loaded(tmp_path / "a.safetensors")[1], nets.by_levels(net.float()))


def test_gordicaleksa_s(tmp_path: Path) -> None:
    net = nets.shaken(nets.Examples(("up1", "up2", "up3"), inner=True))
    torch.save({"state_dict": net.state_dict(), "content_weight": 1.0}, tmp_path / "a.pth")
    name, got = loaded(tmp_path / "a.pth")
    assert name.startswith("gordicaleksa/")
    assert_same(got, lambda x: net((x - nets.MEAN) / nets.STD) * nets.STD + nets.MEAN)


@pytest.mark.parametrize("kind", ["plain", "next", "first"])
@pytest.mark.parametrize("bright", [True, False])
def test_rrmina_s_nets_with_and_without_tanh(tmp_path: Path, kind: str, bright: bool) -> None:
    net = nets.shaken(nets.rrmina(kind, bright))
    torch.save(net.state_dict(), tmp_path / "a.pth")
    name, got = loaded(tmp_path / "a.pth")
    assert name.startswith("rrmina/")
    assert_same(got, nets.by_levels(net if bright else lambda x: 150 * torch.tanh(net(x)), bgr=True))


@pytest.mark.parametrize("make", [nets.rrmina_dense, nets.MinaUNet])
def test_rrmina_s_nets_of_dense_blocks(tmp_path: Path, make: Callable[[], nn.Module]) -> None:
    net = nets.shaken(make())
    torch.save(net.state_dict(), tmp_path / "a.pth")
    name, got = loaded(tmp_path / "a.pth")
    assert name == "rrmina/fast-neural-style-pytorch (DenseNet)"
    assert_same(got, nets.by_levels(net, bgr=True))


def test_a_file_that_sorts_its_keys_does_not_tell_rrmina_s_nets_apart(tmp_path: Path) -> None:
    """Nets that paint what they see would be told by their paintings; these have weights by chance."""
    save_file = pytest.importorskip("safetensors.torch").save_file
    torch.manual_seed(2)
    for kind in ("plain", "first"):
        save_file(nets.shaken(nets.rrmina(kind, True)).state_dict(), tmp_path / f"{kind}.safetensors")
        with pytest.raises(LivebrushError, match="nothing tells whether norms come first"):
            loaded(tmp_path / f"{kind}.safetensors")


def test_reconet_of_safwankdb(tmp_path: Path) -> None:
    net = nets.shaken(nets.Safwankdb())
    with torch.no_grad():
        net.deconv3.conv2d.weight *= 300  # tanh is taken of values over 255
    torch.save(net.state_dict(), tmp_path / "a.pth")
    name, got = loaded(tmp_path / "a.pth")
    assert name.startswith("safwankdb/")
    assert_same(got, nets.by_levels(net))


def test_reconet_of_emptysamurai(tmp_path: Path) -> None:
    net = nets.shaken(nets.emptysamurai())
    torch.save(net.state_dict(), tmp_path / "a.pth")
    name, got = loaded(tmp_path / "a.pth")
    assert name.startswith("EmptySamurai/")
    assert_same(got, lambda x: net(2 * x - 1) / 2 + 0.5)


def test_filter_response_norms_are_told(tmp_path: Path) -> None:
    state = nets.emptysamurai().state_dict() | {"encoder.layers.0.layers.1.eps": torch.ones(1)}
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(LivebrushError, match="filter response norms"):
        loaded(tmp_path / "a.pth")


def variables() -> dict[str, np.ndarray]:
    """Of a lengstrom net: kernel, shift and scale of each layer, numbered."""
    random = np.random.default_rng(0)
    a, b, c = nets.WIDTHS
    kernels = [
        (9, 9, 3, a),
        (3, 3, a, b),
        (3, 3, b, c),
        *[(3, 3, c, c)] * 4,
        (3, 3, b, c),
        (3, 3, a, b),
        (9, 9, a, 3),
    ]
    outputs = [a, b, c, *[c] * 4, b, a, 3]
    arrays: list[np.ndarray] = []
    for kernel, output in zip(kernels, outputs, strict=True):
        arrays += [
            random.normal(0, 0.2, kernel),
            random.normal(0, 0.3, output),
            random.normal(1, 0.3, output),
        ]
    names = ["Variable", *(f"Variable_{n}" for n in range(1, len(arrays)))]
    return {name: array.astype(np.float32) for name, array in zip(names, arrays, strict=True)}


def lengstrom(arrays: dict[str, np.ndarray]) -> Paint:
    """What TensorFlow computes from these variables, written in torch's functions; H and W divide by 4."""
    F = torch.nn.functional

    def paint(x: Tensor) -> Tensor:
        left = iter(torch.from_numpy(array) for array in arrays.values())

        def normed(y: Tensor) -> Tensor:
            shift, scale = next(left), next(left)
            mean, variance = y.mean((2, 3), keepdim=True), y.var((2, 3), correction=0, keepdim=True)
            return (y - mean) / (variance + 1e-3).sqrt() * scale[:, None, None] + shift[:, None, None]

        def conv(y: Tensor, stride: int = 1) -> Tensor:
            kernel = next(left).permute(3, 2, 0, 1)
            side = kernel.shape[-1] // 2
            before = side if stride == 1 else side - 1
            return normed(F.conv2d(F.pad(y, (before, side, before, side)), kernel, stride=stride))

        def up(y: Tensor) -> Tensor:
            # The transpose of a convolution with "SAME" padding, got from autograd itself
            kernel = next(left).permute(3, 2, 0, 1)
            large = torch.zeros(1, kernel.shape[1], 2 * y.shape[2], 2 * y.shape[3], requires_grad=True)
            with torch.enable_grad():
                small = F.conv2d(F.pad(large, (0, 1, 0, 1)), kernel, stride=2)
            return normed(torch.autograd.grad(small, large, y)[0])

        x = 255 * x
        for stride in (1, 2, 2):
            x = F.relu(conv(x, stride))
        for _ in range(2):
            x = x + conv(F.relu(conv(x)))
        for _ in range(2):
            x = F.relu(up(x))
        return (torch.tanh(conv(x)) * 150 + 127.5) / 255

    return paint


def test_lengstrom_s_variables(tmp_path: Path) -> None:
    arrays = variables()
    shuffled = dict(sorted(arrays.items())) | {
        "Variable/Adam": arrays["Variable"],
        "beta1_power": np.array([0.9], np.float32),
    }
    write_bundle(tmp_path / "wave.ckpt", shuffled)
    name, got = loaded(tmp_path)
    assert name == "lengstrom/fast-style-transfer"
    assert_same(got, lengstrom(arrays))


class BothNorms:
    """jcjohnson's net in Torch7 modules, and what they compute."""

    def __init__(self, instance: bool) -> None:
        self.instance, self.random = instance, np.random.default_rng(2)
        a, b, c = nets.WIDTHS
        self.steps: list[Paint] = []
        parts = [
            self.padding(8), self.conv(3, a, 9), self.norm(a), self.relu(), self.conv(a, b, 3, 2), self.norm(b),
            self.relu(), self.conv(b, c, 3, 2), self.norm(c), self.relu(), self.block(c), self.up(c, b), self.norm(b),
            self.relu(), self.up(b, a), self.norm(a), self.relu(), self.conv(a, 3, 9), self.tanh(),
            self.times(150.0), self.nothing(),
        ]  # fmt: skip
        self.model = self.chain(parts)

    def chain(self, parts: list[Module]) -> Module:
        return Module("nn.Sequential", {"modules": dict(enumerate(parts, 1))})

    def values(self, *shape: int, mean: float = 0.0) -> np.ndarray:
        return self.random.normal(mean, 0.3, shape).astype(np.float32)

    def step(self, step: Paint) -> None:
        self.steps.append(step)

    def padding(self, by: int) -> Module:
        self.step(nn.ReflectionPad2d(by))
        return Module("nn.SpatialReflectionPadding", {f"pad_{side}": by for side in "lrtb"})

    def conv(self, i: int, o: int, kernel: int, stride: int = 1, pad: bool = True) -> Module:
        weight, bias, by = self.values(o, i, kernel, kernel), self.values(o), kernel // 2 if pad else 0
        self.step(
            lambda x: torch.nn.functional.conv2d(
                x, torch.from_numpy(weight), torch.from_numpy(bias), stride, by
            )
        )
        fields = {"weight": weight, "bias": bias, "dW": stride, "dH": stride, "padW": by, "padH": by}
        return Module("nn.SpatialConvolution", fields)

    def up(self, i: int, o: int) -> Module:
        weight, bias = self.values(i, o, 3, 3), self.values(o)
        self.step(
            lambda x: torch.nn.functional.conv_transpose2d(
                x, torch.from_numpy(weight), torch.from_numpy(bias), 2, 1, 1
            )
        )
        fields = {"weight": weight, "bias": bias, "dW": 2, "padW": 1, "adjW": 1}
        return Module("nn.SpatialFullConvolution", fields)

    def norm(self, width: int) -> Module:
        fields = {"weight": self.values(width, mean=1), "bias": self.values(width), "eps": 1e-5}
        weight, bias = (torch.from_numpy(fields[key]) for key in ("weight", "bias"))
        if self.instance:
            self.step(lambda x: torch.nn.functional.instance_norm(x, weight=weight, bias=bias))
            return Module("nn.InstanceNormalization", fields)
        statistics = {"running_mean": self.values(width), "running_var": self.values(width) ** 2 + 1}
        mean, variance = (torch.from_numpy(array) for array in statistics.values())
        self.step(lambda x: torch.nn.functional.batch_norm(x, mean, variance, weight, bias))
        return Module("nn.SpatialBatchNormalization", fields | statistics)

    def relu(self) -> Module:
        self.step(torch.relu)
        return Module("nn.ReLU", {"inplace": True})

    def block(self, width: int) -> Module:
        outer, self.steps = self.steps, []
        branch = self.chain([
            self.conv(width, width, 3, pad=False), self.norm(width), self.relu(),
            self.conv(width, width, 3, pad=False), self.norm(width),
        ])  # fmt: skip
        inner, self.steps = self.steps, outer

        def residual(x: Tensor) -> Tensor:
            y = x
            for step in inner:
                y = step(y)
            return x[:, :, 2:-2, 2:-2] + y

        self.step(residual)
        table = Module("nn.ConcatTable", {"modules": {1: branch, 2: Module("nn.ShaveImage", {"size": 2})}})
        return self.chain([table, Module("nn.CAddTable", {})])

    def tanh(self) -> Module:
        self.step(torch.tanh)
        return Module("nn.Tanh", {})

    def times(self, by: float) -> Module:
        self.step(lambda x: x * by)
        return Module("nn.MulConstant", {"constant_scalar": by})

    def nothing(self) -> Module:
        return Module("nn.TotalVariation", {"strength": 1e-6})

    def paint(self, x: Tensor) -> Tensor:
        for step in self.steps:
            x = step(x)
        return x


@pytest.mark.parametrize("instance", [True, False])
def test_jcjohnson_s_t7_with_both_norms(tmp_path: Path, instance: bool) -> None:
    net = BothNorms(instance)
    write_torch7(tmp_path / "candy.t7", {"model": net.model, "opt": {"preprocessing": "vgg"}})
    name, got = loaded(tmp_path / "candy.t7")
    assert name == "jcjohnson/fast-neural-style"
    mean = torch.tensor([103.939, 116.779, 123.68]).reshape(3, 1, 1)
    assert_same(got, lambda x: ((net.paint(255 * x.flip(1) - mean) + mean) / 255).flip(1))


def test_a_t7_that_mirrors_forty_pixels_can_be_exported(tmp_path: Path) -> None:
    """As train.lua does by default: five blocks shave two pixels each at a quarter of the size."""
    model = BothNorms(True).model
    padding = model.fields["modules"][1]
    padding.fields.update({f"pad_{side}": 40 for side in "lrtb"})
    write_torch7(tmp_path / "a.t7", {"model": model})
    net = loaded(tmp_path / "a.t7")[1]
    assert 8 * net.multiple > 40
    to_onnx(FrameGraph(net).eval(), net.multiple)


def test_a_t7_that_says_resnet_is_normalised_so(tmp_path: Path) -> None:
    net = BothNorms(True)
    write_torch7(tmp_path / "a.t7", {"model": net.model, "opt": {"preprocessing": "resnet"}})
    assert_same(
        loaded(tmp_path / "a.t7")[1], lambda x: net.paint((x - nets.MEAN) / nets.STD) * nets.STD + nets.MEAN
    )


def test_a_pair_of_adain_in_any_order(tmp_path: Path) -> None:
    torch.manual_seed(3)
    encoder, decoder = nets.adain_encoder(8).eval(), nets.adain_decoder(8).eval()
    torch.save(encoder.state_dict(), tmp_path / "vgg.pth")
    torch.save(decoder.state_dict(), tmp_path / "decoder.pth")
    style = torch.rand(3, 64, 48)

    def paint(x: Tensor) -> Tensor:
        content, painting = encoder(x), encoder(style[None])
        deviation = (painting.var((2, 3), keepdim=True) + 1e-5).sqrt()
        alike = (content - content.mean((2, 3), keepdim=True)) / (
            content.var((2, 3), correction=0, keepdim=True) + 1e-5
        ).sqrt()
        return decoder(alike * deviation + painting.mean((2, 3), keepdim=True))

    for paths in (("vgg.pth", "decoder.pth"), ("decoder.pth", "vgg.pth")):
        assert_same(loaded(*(tmp_path / path for path in paths), style=style)[1], paint)
    with pytest.raises(LivebrushError, match="the encoder and the decoder, got 1"):
        loaded(tmp_path / "vgg.pth")
    with pytest.raises(LivebrushError, match="2 and 0 of these"):
        loaded(tmp_path / "vgg.pth", tmp_path / "vgg.pth", style=style)


def test_each_checkpoint_is_recognised_as_one_net_alone(tmp_path: Path) -> None:
    for number, net in enumerate(
        (
            nets.Examples(),
            nets.Safwankdb(),
            nets.emptysamurai(),
            nets.rrmina("plain", True),
            nets.rrmina_dense(),
        )
    ):
        torch.save(net.state_dict(), tmp_path / f"{number}.pth")
        found = read_checkpoint(tmp_path / f"{number}.pth", "pytorch")
        assert sum(known.holds(found) for known in ARCHITECTURES) == 1


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (
            {"conv1.weight": (64, 3, 7, 7), "layer4.0.conv1.weight": (8, 8, 3, 3), "fc.weight": (1000, 512)},
            r"a classifier of 1000 classes \(ResNet\)",
        ),
        ({"features.0.weight": (64, 3, 3, 3)}, r"features of a classifier \(VGG"),
        ({"conv1_1.weight": (64, 3, 3, 3)}, r"features of a classifier \(VGG\)"),
        ({"a.weight": (8, 4, 3, 3)}, "lead to no picture of three colours"),
        ({"lstm.weight": (8, 4)}, "it holds 1 tensors"),
    ],
)
def test_what_is_no_style_net_is_told_what_it_looks_like(tmp_path: Path, state: dict, said: str) -> None:
    torch.save({name: torch.zeros(shape) for name, shape in state.items()}, tmp_path / "a.pth")
    with pytest.raises(LivebrushError, match=said):
        loaded(tmp_path / "a.pth")


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    state = nets.Examples().state_dict()
    del state["in3.bias"]
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(LivebrushError, match=r"lacks the tensor 'in3\.bias'"):
        loaded(tmp_path / "a.pth")
