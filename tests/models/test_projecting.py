"""Products of one vector with several matrices, against autograd."""

import pytest
import torch

from seq2seq_cli.models.projecting import ProjectionTrace

SIZES = (3, 2, 2)
PARTS = {"one-part": (4,), "two-parts": (4, 3)}
MATRICES = {"one": (5,), "two": (5, 2), "none": (None,), "beside": (None, 5), "nothing": (None, None)}

every_matrix = pytest.mark.parametrize("heights", MATRICES.values(), ids=list(MATRICES))
every_part = pytest.mark.parametrize("widths", PARTS.values(), ids=list(PARTS))
every_precision = pytest.mark.parametrize("precision", [torch.float64, torch.bfloat16], ids=str)


def leaf(*shape, dtype):
    return torch.randn(shape, dtype=dtype, requires_grad=True)


def near(ours, expected, precision):
    """Compare: exactly, but for the last bits, or as nearly as factors of bfloat16 allow."""
    exact = precision == torch.float64
    for one, other in zip(ours, expected, strict=True):
        assert one.dtype == other.dtype
        assert (one - other).norm() <= (1e-12 if exact else 0.02) * other.norm()


@pytest.mark.usefixtures("_nan_where_nothing_was_written")
@every_matrix
@every_part
@every_precision
def test_products_and_every_gradient_are_autograds(heights, widths, precision):
    dtype = torch.float64 if precision == torch.float64 else torch.float32
    matrices = [None if height is None else leaf(height, sum(widths), dtype=dtype) for height in heights]
    steps = [[leaf(n, width, dtype=dtype) for width in widths] for n in SIZES]
    expected = [
        [parts[0] if matrix is None else torch.cat(parts, dim=1) @ matrix.t() for matrix in matrices]
        for parts in steps
    ]
    d_products = [[torch.randn_like(product) for product in products] for products in expected]
    loss = sum(
        (product * d).sum()
        for products, ds in zip(expected, d_products, strict=True)
        for product, d in zip(products, ds, strict=True)
    )
    given = [matrix for matrix in matrices if matrix is not None]
    leaves = [*given, *(part for parts in steps for part in parts)]
    gradients = torch.autograd.grad(loss, leaves, allow_unused=True)
    gradients = [
        torch.zeros_like(leaf) if d is None else d for d, leaf in zip(gradients, leaves, strict=True)
    ]
    with torch.no_grad():
        trace = ProjectionTrace(SIZES, precision, torch.zeros(1, 1, dtype=dtype), matrices)
        ours = [trace.forward(t, *parts) for t, parts in enumerate(steps)]
        for _ in range(2):  # the way back can be gone again
            trace.turn()
            d_parts = [[torch.zeros_like(part) for part in parts] for parts in steps]
            for t in reversed(range(len(SIZES))):
                trace.backward(t, d_products[t], *d_parts[t])
            d_matrices = trace.d_matrices()
    near([p for step in ours for p in step], [p.detach() for step in expected for p in step], precision)
    near([*d_matrices, *(d for step in d_parts for d in step)], gradients, precision)


def test_gradients_are_added_to_what_is_there():
    matrix, d, s = torch.randn(5, 4).double(), torch.randn(3, 5).double(), torch.randn(3, 4).double()
    trace = ProjectionTrace(SIZES, torch.float64, s, [None, matrix])
    trace.forward(0, s)
    trace.turn()
    there, direct = torch.ones(3, 4).double(), torch.randn(3, 4).double()
    trace.backward(0, [direct, d], there)
    torch.testing.assert_close(there, 1 + direct + d @ matrix)


def test_a_vector_whose_gradient_is_zero_needs_none():
    d, s = torch.randn(3, 5).double(), torch.randn(3, 4).double()
    matrix = torch.randn(5, 4).double()
    trace = ProjectionTrace(SIZES, torch.float64, s, [None, matrix])
    trace.forward(0, s)
    trace.turn()
    there = torch.zeros(3, 4).double()
    trace.backward(0, [None, d], there)
    torch.testing.assert_close(there, d @ matrix)


def test_without_a_matrix_the_vector_itself_is_handed_on():
    trace, s = ProjectionTrace(SIZES, torch.float32, torch.zeros(1, 1), [None]), torch.randn(3, 4)
    (handed,) = trace.forward(0, s)
    assert handed is s
    assert trace.d_matrices() == ()
