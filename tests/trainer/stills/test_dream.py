"""Deep Dream: more of what a layer sees, at sizes that grow."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from livebrush.trainer.loss_networks.loss_network import LayeredNetwork
from livebrush.trainer.stills.dream import DreamObjective
from livebrush.trainer.stills.painting import plan_legs
from livebrush.trainer.stills.recipe import DREAM
from tests.trainer.stills.runs import pixels_of, still
from tests.trainer.stills.test_objective import network as network
from tests.trainer.stills.test_objective import picture


def test_a_step_makes_the_layer_more_active(network: LayeredNetwork) -> None:
    recipe = dataclasses.replace(DREAM, style_layers={"relu3_1": 1.0})
    photo = picture(64, 80)
    goal, image = DreamObjective(network, recipe, photo), photo
    before, _ = goal.evaluate(image)
    assert before["dream"] == pytest.approx(-1, abs=0.15), "in units of the photo's own"
    for _ in range(5):
        _, gradient = goal.evaluate(image)
        assert float(gradient.abs().mean()) == pytest.approx(1, rel=1e-4)
        image = image - 0.01 * gradient
    assert goal.evaluate(image)[0]["dream"] < 1.5 * before["dream"]


def test_octaves_are_sizes() -> None:
    sides = [max(leg.size) for leg in plan_legs(dataclasses.replace(DREAM, octaves=4), (300, 400))]
    assert sides == [141, 200, 283, 400]


def test_a_dream_from_the_command_line(photo: Path, loss_net: Path, tmp_path: Path) -> None:
    target = tmp_path / "dream.png"
    asked = ("--dream", "--layer", "relu2_1", "--octaves", "2", "--steps", "3")
    assert still(photo, *asked, "--loss-net", loss_net, "-o", target) == 0
    before, after = pixels_of(photo).astype(int), pixels_of(target).astype(int)
    assert before.shape == after.shape and np.abs(before - after).mean() > 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--style", "{style}"), "no style"),
        (("--mask-style", "person={style}"), "no style"),
        ((), "needs a photo"),
    ],
)
def test_what_a_dream_does_not_take(
    photo: Path, style: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], reason: str
) -> None:
    pictures = [photo] if arguments else []
    code = still(*pictures, "--dream", *(text.format(style=style) for text in arguments))
    assert code and reason in capsys.readouterr().err


def test_a_layer_that_there_is_not(photo: Path, loss_net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert still(
        photo, "--dream", "--layer", "mixed4c", "--loss-net", loss_net, "-o", photo.with_name("x.png")
    )
    assert "no layer of VGG19" in capsys.readouterr().err


def test_moving_the_picture_is_the_same_each_time(network: LayeredNetwork) -> None:
    photo = picture(64, 80)
    one, two = (DreamObjective(network, DREAM, photo).evaluate(photo)[1] for _ in range(2))
    assert torch.equal(one, two)


def test_a_dream_is_no_recipe(photo: Path, style: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert still(photo, "--style", style, "--recipe", "dream", "-o", photo.with_name("x.png")) == 1
    assert "no painting recipe is called 'dream'" in capsys.readouterr().err
