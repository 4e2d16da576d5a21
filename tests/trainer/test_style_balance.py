"""The style weight that follows the content loss."""

import pytest

from trainer.style_balance import LARGEST, StyleBalance


def test_it_settles_where_the_content_loss_is_what_it_may_be() -> None:
    balance = StyleBalance(content_target=0.6)
    for _ in range(1000):
        balance.update(content=0.3 * balance.factor)  # more style, less content
    assert balance.factor == pytest.approx(2, rel=0.01)


def test_it_moves_the_right_way_and_not_without_end() -> None:
    balance = StyleBalance(content_target=0.6)
    balance.update(content=1.0)
    assert balance.factor < 1
    for _ in range(3000):
        balance.update(content=0.0)
    assert balance.factor == LARGEST
    for _ in range(3000):
        balance.update(content=2.0)
    assert balance.factor == 1 / LARGEST


def test_a_stray_batch_does_not_throw_it_off() -> None:
    balance = StyleBalance(content_target=1.0)
    balance.update(content=1000.0)
    assert balance.factor > 0.9


def test_no_target_no_change() -> None:
    balance = StyleBalance(content_target=0)
    balance.update(content=5.0)
    assert balance.factor == 1
