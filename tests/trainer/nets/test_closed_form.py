"""Colours of regions moved in an ONNX graph's operations, against numpy's."""

import numpy as np
import pytest
import torch
from torch import Tensor

from livebrush.models.regions import GROUPS, IN_FAVOUR, PERSON, PERSONS
from livebrush.realtime.looks.cube import linear_map
from livebrush.realtime.looks.statistics import look_statistics
from livebrush.trainer.nets.cells import cells_of
from livebrush.trainer.nets.closed_form import TONES, ClosedForm, apply_regions, tone_curve, transport
from livebrush.trainer.nets.photo import settled_masks

STEP = TONES[1] - TONES[0]


def spd(random: np.random.Generator, least: float) -> np.ndarray:
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    return turn * np.geomspace(least, 0.05, 3) @ turn.T


def root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(values) @ vectors.T


@pytest.mark.parametrize("least", [0.05, 1e-4, 1e-8])
def test_the_transport_is_the_one_by_eigenvalues(least: float) -> None:
    random = np.random.default_rng(0)
    for _ in range(5):
        own, style = spd(random, least), spd(random, max(least, 1e-5))
        expected, _ = linear_map(np.zeros(3), root(own), np.zeros(3), root(style))
        got = transport(torch.tensor(own), torch.tensor(root(style)))
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-4, atol=1e-6 * np.abs(expected).max())


def uniform_masks() -> Tensor:
    masks = torch.zeros(1, 10, 64, 64)
    masks[:, 0, :32], masks[:, 1, 32:] = 1, 1
    return masks


def photo(seed: int, gamma: float) -> np.ndarray:
    random = np.random.default_rng(seed)
    values = random.uniform(0.1, 0.9, (256, 256, 1)) ** gamma + random.normal(0, 0.02, (256, 256, 3))
    return (values.clip(0, 1) * 255).round().astype(np.uint8)


def look(style: np.ndarray, persons: float = PERSONS) -> ClosedForm:
    masks = np.zeros((64, 64, 10), np.uint8)
    masks[:32, :, 0], masks[32:, :, 1] = 255, 255
    return ClosedForm(look_statistics(style, masks, persons))


def applied(form: ClosedForm, pixels: np.ndarray) -> np.ndarray:
    """The look's pixels, in rows of the picture's."""
    cells = cells_of(torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255, 4)
    masks = uniform_masks()
    parameters = form(cells, masks)
    blended = (parameters.transpose(1, 2) @ masks.flatten(2)).unflatten(2, (64, 64))
    moved = apply_regions(cells.pixels, blended)[0].unflatten(0, (4, 4))
    return moved.permute(3, 0, 4, 1, 2).reshape(256, 256, 3).numpy()


def test_the_colours_of_regions_become_the_styles() -> None:
    style, own = photo(0, 0.5), photo(1, 1.0)
    style[128:] = style[128:] // (1, 2, 4)
    moved = applied(look(style), own)
    for rows in (slice(0, 128), slice(128, 256)):
        here, wanted = moved[rows].reshape(-1, 3), style[rows].reshape(-1, 3) / 255
        np.testing.assert_allclose(here.mean(0), wanted.mean(0), atol=0.02)
        np.testing.assert_allclose(here.std(0), wanted.std(0), atol=0.03)


def test_tones_come_nearer_to_the_styles_than_by_a_linear_map(monkeypatch: pytest.MonkeyPatch) -> None:
    style, own = photo(0, 4.0), photo(1, 1.0)
    luma = np.array([0.299, 0.587, 0.114])
    shares = np.linspace(0.02, 0.98, 49)
    wanted = np.quantile(style / 255 @ luma, shares)

    def distance() -> float:
        return float(np.abs(np.quantile(applied(look(style), own) @ luma, shares) - wanted).mean())

    with_curve = distance()
    monkeypatch.setattr("livebrush.trainer.nets.closed_form.CURVE", 0.0)
    assert with_curve < 0.6 * distance()


def test_a_photo_in_its_own_look_stays() -> None:
    own = photo(3, 1.5)
    assert np.abs(applied(look(own), own) - own / 255).mean() < 0.01


def test_a_curve_between_equal_tones_adds_nothing() -> None:
    even = (torch.arange(32) + 0.5) / 32
    tones = torch.special.ndtri(even)[None]
    darker = torch.special.ndtr(torch.tensor(TONES))[None, None]
    curve = tone_curve(darker, tones)[0, 0]
    added = curve[0] + STEP * torch.cumsum(curve[1:], 0)
    inside = slice(1, 8)  # beyond the style's own quantiles a curve goes on with a slope at its limit
    assert added[inside].abs().max() < 0.12


def test_a_region_that_the_style_does_not_know_goes_with_the_whole() -> None:
    style = photo(0, 1.0)
    masks = np.zeros((64, 64, 10), np.uint8)
    masks[..., 2] = 255
    form = ClosedForm(look_statistics(style, masks))
    cells = cells_of(torch.rand(1, 3, 256, 256), 4)
    sky_alone = torch.zeros(1, 10, 64, 64)
    sky_alone[:, 0] = 1
    sky = form(cells, sky_alone)[0, 0]
    vegetation = form(cells, sky_alone.roll(2, 1))[0, 2]
    torch.testing.assert_close(sky, vegetation, atol=1e-4, rtol=1e-3)


def test_persons_take_the_light_of_a_style_without_any_and_keep_their_colours() -> None:
    """A face before a grey wall, in the look of red and blue lamps by night."""
    random = np.random.default_rng(0)
    reddish = np.array([0.815, -0.185, -1.185])  # no luma
    lamps = 60 + random.normal(0, 15, (256, 256, 1)) + random.normal(0, 30, (256, 256, 1)) * reddish
    form = look(lamps.clip(0, 255).astype(np.uint8), persons=1.0)
    own = 150 + random.normal(0, 30, (256, 256, 1)) + random.normal(0, 4, (256, 256, 1)) * reddish
    own[:32, :32] += 40 * reddish
    own = own.clip(0, 255).astype(np.uint8)
    cells = cells_of(torch.from_numpy(own).permute(2, 0, 1)[None].float() / 255, 4)
    shown = torch.zeros(1, 10, 64, 64)
    shown[:, GROUPS.index("other")], shown[:, :, :8, :8] = 1, 0
    shown[:, PERSON, :8, :8] = 1
    wall, person = form(cells, shown)[0, [GROUPS.index("other"), PERSON]].split(1)
    change, of_person = wall[0, :9].reshape(3, 3).numpy(), person[0, :9].reshape(3, 3).numpy()
    luma = np.array([0.299, 0.587, 0.114])
    assert np.linalg.norm(change @ reddish) > 3 * np.linalg.norm(reddish)
    assert np.linalg.norm(of_person @ reddish) < 0.6 * np.linalg.norm(reddish)
    np.testing.assert_allclose(luma @ of_person.sum(1), luma @ change.sum(1), atol=0.02)
    shown_mean = of_person @ own.mean((0, 1)) / 255 + person[0, 9:12].numpy()
    np.testing.assert_allclose(shown_mean @ luma, lamps.mean((0, 1)) @ luma / 255, atol=0.02)


def test_persons_take_half_the_tint() -> None:
    style = photo(0, 1.0)
    style[..., 2] //= 3
    own = photo(1, 1.0)
    person = torch.zeros(1, 10, 64, 64)
    person[:, PERSON] = 1
    cells = cells_of(torch.from_numpy(own).permute(2, 0, 1)[None].float() / 255, 4)
    found = look(style, persons=1.0)(cells, person)[0, PERSON].numpy()
    tinted = found[:9].reshape(3, 3) @ own.mean((0, 1)) / 255 + found[9:12]
    wanted = style.mean((0, 1)) / 255
    luma = np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(tinted - tinted @ luma, 0.5 * (wanted - wanted @ luma), atol=0.01)


def test_regions_that_take_after_the_same_one_stay_as_far_apart_as_they_were() -> None:
    """A house and the room in it, in the look of a photo that shows houses alone."""
    masks = np.zeros((64, 64, 10), np.uint8)
    masks[..., GROUPS.index("building")] = 255
    form = ClosedForm(look_statistics(photo(0, 1.0), masks))
    own = photo(1, 1.0) // 4
    own[128:] += 120
    cells = cells_of(torch.from_numpy(own).permute(2, 0, 1)[None].float() / 255, 4)
    shown = torch.zeros(1, 10, 64, 64)
    shown[:, GROUPS.index("building"), :32] = shown[:, GROUPS.index("interior"), 32:] = 1
    house, room = form(cells, shown)[0, [GROUPS.index("building"), GROUPS.index("interior")]]
    torch.testing.assert_close(house, room)


def test_settled_masks_add_up_to_one_whatever_comes_in() -> None:
    for masks in (torch.zeros(1, 10, 3, 5), torch.rand(1, 10, 64, 112), torch.full((1, 10, 1, 1), 0.1)):
        settled = settled_masks(masks)
        assert settled.shape == (1, 10, 64, 64)
        torch.testing.assert_close(settled.sum(1), torch.ones(1, 64, 64), atol=1e-4, rtol=0)
    assert settled_masks(torch.zeros(1, 10, 2, 2))[:, 9].min() == 1


def test_where_the_region_net_hesitates_there_is_a_person() -> None:
    masks = torch.zeros(1, 10, 64, 64)
    masks[:, PERSON] = masks[:, GROUPS.index("building")] = 0.5
    assert settled_masks(masks)[:, PERSON].allclose(torch.tensor(0.5))
    settled = settled_masks(masks, IN_FAVOUR)
    assert settled[:, PERSON].allclose(torch.tensor(0.75))
    assert settled.sum(1).allclose(torch.tensor(1.0))
