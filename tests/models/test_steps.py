"""Rows of packed sentences: products of a step, and sums over all steps."""

import pytest
import torch

from seq2seq_cli.models.steps import Steps, steps_of

RAGGED, MANY = (4, 3, 3, 1), (40, 33, 32, 7, 1)

every_shape = pytest.mark.parametrize("sizes", [RAGGED, MANY, (1,), (50,)], ids=str)
every_precision = pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)


def filled(sizes, width, precision, rows=None):
    """Return steps, filled with rows, and the rows, rounded as they are."""
    rows = torch.randn(sum(sizes), width) if rows is None else rows
    steps = Steps(sizes, width, torch.zeros(1, 1), precision)
    for t, step in enumerate(steps_of(rows, sizes)):
        steps[t].copy_(step)
    return steps, rows.to(precision)


@every_shape
@every_precision
def test_a_step_is_a_view_of_its_rows(sizes, precision):
    steps, rows = filled(sizes, 3, precision)
    assert torch.equal(steps.rows, rows)
    for t, step in enumerate(steps_of(rows, sizes)):
        assert torch.equal(steps[t], step)
    steps.rows.zero_()
    assert not any(steps[t].any() for t in range(len(sizes)))


@pytest.mark.usefixtures("_nan_where_nothing_was_written")
@every_shape
@every_precision
def test_a_product_is_of_the_steps_own_rows(sizes, precision):
    rows, matrix = torch.randn(sum(sizes), 6), torch.randn(6, 5).to(precision)
    steps = Steps(sizes, (3, 3), torch.zeros(1, 1), precision)
    for t, step in enumerate(steps_of(rows, sizes)):
        steps[t].copy_(step)  # those of later steps are still to come
        expected = steps[t].float() @ matrix.float()
        product = steps.times(t, matrix)
        assert product.dtype == precision
        torch.testing.assert_close(product.float(), expected, rtol=0.01, atol=0.01)
        columns = slice(3, 6)  # the second part, of an odd width
        product = steps.times(t, matrix[columns], columns)
        torch.testing.assert_close(
            product.float(), steps[t][:, columns].float() @ matrix[columns].float(), rtol=0.01, atol=0.01
        )


@pytest.mark.usefixtures("_nan_where_nothing_was_written")
@every_shape
@every_precision
def test_a_product_is_added_to_the_steps_own_sums(sizes, precision):
    (x, rows), (y, y_rows) = filled(sizes, 6, precision), filled(sizes, 4, precision)
    known, bias, matrix = torch.randn(4, 5), torch.randn(5), torch.randn(6, 5)
    near = {"rtol": 0.05, "atol": 0.05} if precision == torch.bfloat16 else {}
    for columns in (None, slice(2, 5), slice(0, 0)):
        sums = y.projected(known.to(precision), bias)
        assert sums.rows.dtype == precision
        torch.testing.assert_close(sums.rows.float(), y_rows.float() @ known + bias, **near)
        of_known, factor = steps_of(sums.rows.float().clone(), sizes), matrix[columns or slice(None)]
        for t, step in enumerate(steps_of(rows, sizes)):
            expected = of_known[t] + step[:, columns or slice(None)].float() @ factor
            plus = x.plus_product(sums, t, factor.to(precision), columns)
            assert plus.dtype == precision
            torch.testing.assert_close(plus.float(), expected, **near)


@pytest.mark.usefixtures("_nan_where_nothing_was_written")
@every_shape
@every_precision
def test_a_gradient_is_a_sum_over_the_rows_of_all_steps(sizes, precision):
    (x, rows), (d, d_rows) = filled(sizes, 6, precision), filled(sizes, 4, precision)
    near = {"rtol": 0.01, "atol": 0.01 * sum(sizes) ** 0.5} if precision == torch.bfloat16 else {}
    for columns in (slice(None), slice(2, 5)):
        gradient = x.gradient(d, columns)
        assert gradient.dtype == precision
        torch.testing.assert_close(gradient.float(), d_rows.float().t() @ rows.float()[:, columns], **near)


def test_where_products_are_exact_nothing_is_computed_beside_the_tokens():
    steps, _ = filled(MANY, 3, torch.float32)
    assert steps.exact
    assert steps.all.shape == (sum(MANY), 3)


def test_in_lower_precision_products_see_few_shapes(monkeypatch):
    seen, product = set(), torch.mm
    monkeypatch.setattr(torch, "mm", lambda a, b: seen.add(tuple(a.shape)) or product(a, b))
    for longest in range(1, 65):
        sizes = tuple(range(longest, 0, -1))
        steps, _ = filled(sizes, 3, torch.bfloat16)
        for t in range(len(sizes)):
            steps.times(t, torch.zeros(3, 2).bfloat16())
    assert seen == {(32, 3), (64, 3)}


def test_rounding_is_to_the_nearest():
    steps, rows = filled(RAGGED, 3, torch.bfloat16)
    assert steps.rows.dtype == torch.bfloat16
    assert torch.equal(steps.rows, rows)
    assert not steps.exact
