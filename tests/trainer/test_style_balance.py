"""The style weight that follows the content loss."""

import pytest

from trainer.style_balance import LARGEST, StyleBalance


def test_it_settles_where_the_content_loss_is_what_it_may_be() -> None:
    balance = StyleBalance(content_target=0.6)
    for _ in range(1000):
        balance.update(content=0.3 * balance.factor, share=1)  # more style, less content
    assert balance.factor == pytest.approx(2, rel=0.01)


def test_it_moves_the_right_way_and_not_without_end() -> None:
    balance = StyleBalance(content_target=0.6)
    balance.update(content=1.0, share=1)
    assert balance.factor < 1
    for _ in range(3000):
        balance.update(content=0.0, share=1)
    assert balance.factor == LARGEST
    for _ in range(3000):
        balance.update(content=2.0, share=1)
    assert balance.factor == 1 / LARGEST


def test_paintings_go_further_at_first_and_are_called_back_later() -> None:
    for share, content in ((0.0, 0.6), (0.5, 0.6), (0.75, 0.5), (1.0, 0.5)):
        balance = StyleBalance(content_target=0.5, early_freedom=1.2)
        balance.update(content, share)
        assert balance.factor == pytest.approx(1)
    halfway = StyleBalance(content_target=0.5, early_freedom=1.2)
    halfway.update(0.5, share=0.6)
    assert halfway.factor > 1


def test_no_target_no_change() -> None:
    balance = StyleBalance(content_target=0)
    balance.update(content=5.0, share=0)
    assert balance.factor == 1
