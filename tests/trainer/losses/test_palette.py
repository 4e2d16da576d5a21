"""The palette loss: colours as shares of the area, laid where the photo has its own."""

import pytest
import torch
from torch import Tensor

from livebrush.trainer.losses.palette import CELL, PHOTO_SHARE, PaletteLoss, at_shares, ranks, share_below

BLUE, YELLOW = (0.1, 0.2, 0.7), (0.9, 0.8, 0.2)
SIZE = (64, 160)


def fields(share: float) -> Tensor:
    """Blue, and yellow over a share of the width on the right."""
    picture = torch.tensor(BLUE)[:, None, None].repeat(1, *SIZE)
    first = SIZE[1] - round(share * SIZE[1])
    picture[:, :, first:] = torch.tensor(YELLOW)[:, None, None]
    return picture[None]


def ramp() -> Tensor:
    """Black on the left to white on the right."""
    return torch.linspace(0, 1, SIZE[1]).expand(1, 3, *SIZE)


def grey(value: float) -> Tensor:
    return torch.full((1, 3, *SIZE), value)


def painted_for(loss: PaletteLoss, photo: Tensor) -> Tensor:
    """What the loss alone leads to."""
    torch.manual_seed(0)
    painted = (0.5 + 0.05 * torch.rand(1, 3, *SIZE)).requires_grad_()
    optimizer = torch.optim.Adam([painted], lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        loss(painted, photo).backward()
        optimizer.step()
    return painted.detach()


def test_the_paintings_colours_are_no_difference_where_the_photo_has_none() -> None:
    """A ramp has every rank once, as the many photos have; painted like that it costs nothing."""
    loss = PaletteLoss(ramp(), ramp())
    assert float(loss(ramp(), ramp())) == pytest.approx(0, abs=1e-3)


def test_shares_of_the_area_count() -> None:
    """A photo of middling grey may be anything between a quarter and three: of those, half is yellow."""
    loss = PaletteLoss(fields(0.5), ramp())
    values = [float(loss(fields(share), grey(0.5))) for share in (0.5, 0.7, 1.0)]
    assert values == sorted(values) and values[0] < 0.02 < 0.2 < values[1]
    assert float(loss(fields(0.0), grey(0.5))) > 0.5


def test_specks_are_no_colour_of_the_picture() -> None:
    """Yellow over half of every cell is not yellow over half of the cells."""
    specks = fields(0.0)
    specks[..., ::2] = torch.tensor(YELLOW)[:, None, None]
    loss = PaletteLoss(fields(0.5), ramp())
    assert float(loss(specks, grey(0.5))) > 0.4 * float(loss(fields(0.0), grey(0.5)))


def test_dark_photos_become_dark_paintings_with_lights_of_their_own() -> None:
    loss = PaletteLoss(ramp(), ramp())
    black, middle, white = (painted_for(loss, grey(value)) for value in (0.0, 0.5, 1.0))
    assert black.mean() + 0.2 < middle.mean() < white.mean() - 0.2
    for painted in (black, middle, white):  # half of the painting's range is left to strokes
        cells = torch.nn.functional.avg_pool2d(painted, CELL)
        assert 0.3 < cells.quantile(0.95) - cells.quantile(0.05) < 0.6


def test_the_reddest_place_takes_the_reddest_of_the_painting() -> None:
    red_left, red_right = fields(0.5).flip(1), fields(0.5).flip(1, 3)
    loss = PaletteLoss(fields(0.5), torch.cat([red_left, red_right]))
    painted = painted_for(loss, red_right)
    half = SIZE[1] // 2
    left, right = painted[0, 0, :, :half].mean(), painted[0, 0, :, half:].mean()
    assert right > left + 0.5 * (YELLOW[0] - BLUE[0])


def test_against_the_definition() -> None:
    random = torch.Generator().manual_seed(0)
    style, photos, painted = (torch.rand(n, 3, 4 * CELL, 5 * CELL, generator=random) for n in (1, 6, 2))
    loss = PaletteLoss(style, photos)

    def along(picture: Tensor, direction: Tensor) -> list[float]:
        cells = picture.reshape(3, 4, CELL, 5, CELL).mean((2, 4)).flatten(1)
        return (direction @ cells).tolist()

    squares: list[float] = []
    spreads: list[float] = []
    for direction in loss.directions.T:
        target = sorted(along(style[0], direction))
        many = [value for photo in photos for value in along(photo, direction)]
        spreads.append(torch.tensor(target).var().item())
        for n in range(2):
            values, of_photo = along(painted[n], direction), along(photos[n], direction)
            for value, here in zip(values, of_photo, strict=True):
                own = (sum(v < value - 1e-7 for v in values) + 0.5) / len(values)
                below = sum(v < here - 1e-7 for v in many) / len(many) + 0.5 / len(many)
                place = ((1 - PHOTO_SHARE) * own + PHOTO_SHARE * below) * len(target) - 0.5
                low = min(max(int(place), 0), len(target) - 2)
                part = min(max(place - low, 0), 1)
                squares.append((value - (1 - part) * target[low] - part * target[low + 1]) ** 2)
    expected = sum(squares) / len(squares) / (sum(spreads) / len(spreads))
    assert float(loss(painted, photos[:2])) == pytest.approx(expected, rel=1e-3)
    torch.testing.assert_close(loss.directions.square().sum(0), torch.ones(16))


def test_ranks_and_shares() -> None:
    assert ranks(torch.tensor([[3.0, 1.0, 2.0, 9.0]])).tolist() == [[0.625, 0.125, 0.375, 0.875]]
    ordered = torch.tensor([[0.0, 0.0, 1.0, 2.0]])
    below = share_below(ordered, torch.tensor([[[-1.0, 0.0, 1.5, 3.0]]]))
    assert below.tolist() == [[[0.0, 0.25, 0.75, 1.0]]]
    taken = at_shares(ordered, torch.tensor([[[0.0, 0.125, 0.5, 0.75, 1.0]]]))
    assert taken.tolist() == [[[0.0, 0.0, 0.5, 1.5, 2.0]]]
