"""Which commands an order becomes."""

import itertools
from pathlib import Path

from click.testing import CliRunner


def test_paintings() -> None:
    """All pictures by one command for each style, each video by its own."""
    from livebrush.realtime.studio.work.orders import Paint, PaintOptions
    from livebrush.realtime.studio.work.plan import Brush, Input, Plan, plan_of

    options = PaintOptions(
        strength=0.5, keep_colours=True, steady=True, only="person", stroke=2.0, height=480
    )
    order = Paint(kind="paint", files=["a", "b", "c"], styles=["s"], options=options)
    inputs = [
        Input("in/0.png", "sea.png", "picture"), Input("in/1.mp4", "walk.mp4", "video", 50),
        Input("in/2.jpg", "sea.jpg", "picture"),
    ]  # fmt: skip
    plan = plan_of(order, inputs, [Brush("night", "night")], None, "cpu")
    told = [
        "-s",
        "night",
        "--device",
        "cpu",
        "--strength",
        "0.5",
        "--keep-colours",
        "--only",
        "person",
        "--stroke",
        "2.0",
    ]
    pictures, video = plan.steps
    assert pictures.arguments == ["image", "in/0.png", "in/2.jpg", "-o", "out/0/", "-n", *told]
    assert video.arguments == [
        "video", "in/1.mp4", "-o", "out/0/1.mp4", "--resume", "-y", "--preview", "out/0/1.newest.jpg",
        "--no-subtitles", "--pix-fmt", "yuv420p", *told,
        "--steady", "--size", "480",
    ]  # fmt: skip
    assert [output.name for output in plan.outputs] == [
        "sea_night.png",
        "sea_night 2.png",
        "walk_night.mp4",
    ]
    assert plan.weight == 52
    assert Plan.from_json(plan.to_json()) == plan


def test_stills_and_trainings_go_on_from_what_they_kept(tmp_path: Path) -> None:
    from livebrush.realtime.studio.work.orders import Still, StillOptions, Train, TrainOptions
    from livebrush.realtime.studio.work.plan import Brush, Input, plan_of

    brush = Brush("in/s0.jpg", "wave")
    still = Still(kind="still", files=["a"], styles=["s"], options=StillOptions(steps=5))
    train = Train(kind="train", styles=["s"], options=TrainOptions(title="--help\n"))
    (painted,) = plan_of(still, [Input("in/0.png", "sea.png", "picture")], [brush], None, "openvino").steps
    (trained,) = plan_of(train, [], [brush], Path("photos"), "cuda").steps
    assert "--title=--help" in trained.arguments and "--content" in trained.arguments
    (on_what_ships,) = plan_of(train, [], [brush], None, "cuda").steps
    assert "--content" not in on_what_ships.arguments
    assert [step.arguments[step.arguments.index("--device") + 1] for step in (painted, trained)] == [
        "auto",
        "cuda",
    ]
    for step, kept in ((painted, "out/0/0.png.resume"), (trained, "out/0/run/last.safetensors")):
        assert "--resume" not in step.command(tmp_path)
        (tmp_path / kept).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / kept).touch()
        assert step.command(tmp_path) == [*step.arguments, "--resume", "--progress", "json"]


def test_the_commands_take_their_arguments(tmp_path: Path) -> None:
    """Each as far as its parser: the options are those that there are."""
    from livebrush.realtime.cli import cli
    from livebrush.realtime.studio.work.orders import (
        Paint,
        PaintOptions,
        Still,
        StillOptions,
        Train,
        TrainOptions,
    )
    from livebrush.realtime.studio.work.plan import Brush, Input, plan_of

    paint = Paint(
        kind="paint",
        files=["a"],
        styles=["s"],
        options=PaintOptions(steady=True, only="other", stroke=2, height=480, keep_colours=True),
    )
    still = Still(kind="still", files=["a"], styles=["s"], options=StillOptions(keep_colours=True, steps=5))
    orders = [paint, still, Train(kind="train", styles=["s"], options=TrainOptions())]
    inputs = [Input("in/0.png", "a.png", "picture"), Input("in/1.mp4", "b.mp4", "video")]
    for order, content in itertools.product(orders, (tmp_path, None)):
        for step in plan_of(order, inputs, [Brush("in/s0.jpg", "wave")], content, "cpu").steps:
            told = CliRunner().invoke(cli, [*step.command(tmp_path), "--no-such-option"])
            assert "No such option: --no-such-option" in told.output.replace("option '", "option: ").replace(
                "'.", ""
            ), told.output
