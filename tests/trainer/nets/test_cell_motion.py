"""What is remembered comes along with what moves."""

import torch
from torch import Tensor

from livebrush.trainer.nets.cell_motion import cell_motion, moved_along


def hills(right: float = 0.0, down: float = 0.0) -> Tensor:
    """(1, 3, 64, 64), smooth colours that have moved by so many cells."""
    y, x = torch.meshgrid(torch.arange(64.0) - down, torch.arange(64.0) - right, indexing="ij")
    planes = [torch.sin(x / 3 + k) * torch.cos(y / 3.5 - k) for k in range(3)]
    return 0.5 + 0.3 * torch.stack(planes)[None]


def middle(planes: Tensor) -> Tensor:
    """Without the border, where something new comes in."""
    return planes[..., 4:-4, 4:-4]


def test_what_stands_still_does_not_move() -> None:
    assert cell_motion(hills(), hills()).abs().max() == 0


def test_the_way_back_to_where_it_was() -> None:
    motion = middle(cell_motion(hills(), hills(right=0.4, down=-0.3)))
    assert (motion.mean((0, 2, 3)) - torch.tensor([-0.4, 0.3])).abs().max() < 0.08


def test_what_is_remembered_comes_along() -> None:
    before, now = hills(), hills(right=0.5, down=0.5)
    followed = moved_along(before, cell_motion(before, now))
    assert middle(followed - now).abs().mean() < 0.3 * middle(before - now).abs().mean()


def test_flat_places_do_not_follow_their_noise() -> None:
    noise = 0.01 * torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert cell_motion(0.5 + noise[:1], 0.5 + noise[1:]).abs().mean() < 0.05


def test_nothing_remembered_stays_nothing() -> None:
    motion = cell_motion(torch.zeros(1, 3, 64, 64), hills())
    assert torch.isfinite(motion).all() and motion.abs().max() <= 1
    assert moved_along(torch.zeros(1, 25, 64, 64), motion).abs().max() == 0


def test_a_whole_cell_is_the_neighbour_itself() -> None:
    planes = torch.rand(1, 2, 64, 64, generator=torch.Generator().manual_seed(0))
    right, below = torch.zeros(1, 2, 64, 64), torch.zeros(1, 2, 64, 64)
    right[:, 0], below[:, 1] = 1, 1
    torch.testing.assert_close(moved_along(planes, right)[..., :-1], planes[..., 1:])
    torch.testing.assert_close(moved_along(planes, below)[..., :-1, :], planes[..., 1:, :])
