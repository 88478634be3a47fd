"""Size of a tile -> compiled products of matrices that keep it in vector registers.

LLVM turns a plain loop into vectors but keeps no block of sums in registers, which is
what makes a small product fast. So the two innermost loops are written in LLVM's own
instructions; it fits them to the processor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np import arrayobj

from sklearn_rnn.kernels._layout import COLUMNS

FLOAT = ir.FloatType()
INT = ir.IntType(64)
FAST = ("contract",)  # one rounding in a * b + c


def _vector(lanes: int) -> ir.Type:
    return ir.VectorType(FLOAT, lanes)


class _Memory:
    """Numbers of one array argument, as LLVM sees them."""

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any) -> None:
        array = arrayobj.make_array(kind)(context, builder, value)
        self.builder, self.data = builder, array.data
        self.shape = cgutils.unpack_tuple(builder, array.shape)

    def at(self, place: Any) -> Any:
        return self.builder.gep(self.data, [place])

    def load(self, place: Any, lanes: int) -> Any:
        kind = _vector(lanes).as_pointer()
        return self.builder.load(self.builder.bitcast(self.at(place), kind), align=4)

    def store(self, values: Any, place: Any) -> None:
        pointer = self.builder.bitcast(self.at(place), values.type.as_pointer())
        self.builder.store(values, pointer, align=4)


class _Matrix(_Memory):
    """Find numbers by row and column."""

    def place(self, row: Any, column: Any) -> Any:
        return self.builder.add(self.builder.mul(row, self.shape[-1]), column)

    def step(self, block: Any, step: Any) -> Any:
        """Find the first row of a step of an array (blocks, steps, rows, 32)."""
        _, n_steps, n_rows, _ = self.shape
        step = self.builder.add(self.builder.mul(block, n_steps), step)
        return self.builder.mul(step, n_rows)


class _Lines(_Memory):
    """Find numbers by line, the first and the way to the next being arguments."""

    def __init__(
        self, context: Any, builder: Any, kind: Any, value: Any, first: Any, step: Any
    ) -> None:
        super().__init__(context, builder, kind, value)
        self.first, self.step = first, step

    def place(self, line: Any, column: Any) -> Any:
        line = self.builder.add(self.first, self.builder.mul(line, self.step))
        return self.builder.add(line, column)


def _spread(builder: Any, number: Any, lanes: int) -> Any:
    """Copy one number to every lane."""
    one = builder.insert_element(ir.Constant(_vector(lanes), None), number, INT(0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
    return builder.shuffle_vector(one, one, mask)


def _add_product(builder: Any, total: Any, a: Any, b: Any) -> None:
    product = builder.fmul(a, b, flags=FAST)
    builder.store(builder.fadd(builder.load(total), product, flags=FAST), total)


def _zeros(builder: Any, count: int, lanes: int) -> list[Any]:
    zero = ir.Constant(_vector(lanes), [0.0] * lanes)
    return [cgutils.alloca_once_value(builder, zero) for _ in range(count)]


def make_product_tile(n_rows: int, lanes: int = 16) -> Callable[..., None]:
    """Make a function that computes `n_rows` rows of a product.

    Parameters
    ----------
    n_rows : int
        Rows of the result that are summed up side by side.

    lanes : int, default=16
        Numbers in a vector.

    Returns
    -------
    callable
        `(out, w, x, row)`: rows `row` ... of out (M, 32) become those of
        w (M, K) @ x (K, 32). For compiled code.
    """
    n_vectors = COLUMNS // lanes

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        out, w, x = (
            _Matrix(context, builder, kind, value)
            for kind, value in zip(signature.args[:3], args, strict=False)
        )
        rows = [builder.add(args[3], INT(i)) for i in range(n_rows)]
        totals = _zeros(builder, n_rows * n_vectors, lanes)
        with cgutils.for_range(builder, w.shape[-1]) as loop:
            xs = [
                x.load(x.place(loop.index, INT(v * lanes)), lanes)
                for v in range(n_vectors)
            ]
            for i, row in enumerate(rows):
                number = builder.load(w.at(w.place(row, loop.index)))
                spread = _spread(builder, number, lanes)
                for v in range(n_vectors):
                    _add_product(builder, totals[i * n_vectors + v], spread, xs[v])
        for i, row in enumerate(rows):
            for v in range(n_vectors):
                total = builder.load(totals[i * n_vectors + v])
                out.store(total, out.place(row, INT(v * lanes)))
        return context.get_dummy_value()

    @intrinsic
    def product_tile(typing: Any, out: Any, w: Any, x: Any, row: Any) -> Any:
        return types.void(out, w, x, types.intp), generate

    return product_tile


def make_outer_tile(
    n_rows: int, n_columns: int, lanes: int = 16
) -> Callable[..., None]:
    """Make a function that sums a tile of d @ x^T over steps.

    Parameters
    ----------
    n_rows, n_columns : int
        Size of the tile.

    lanes : int, default=16
        Numbers in a vector.

    Returns
    -------
    callable
        `(out, d, x, row, column, d_first, x_first, block, first, last)`:
        out[row + i, column + j] becomes the sum over t = first ... last - 1 and b of
        d[block, t, d_first + row + i, b] * x[block, t, x_first + column + j, b]. For
        compiled code.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        out, d, x = (
            _Matrix(context, builder, kind, value)
            for kind, value in zip(signature.args[:3], args, strict=False)
        )
        row, column, d_first, x_first, block, first, last = args[3:]
        totals = _zeros(builder, n_rows * n_columns, lanes)
        with cgutils.for_range_slice(builder, first, last, INT(1)) as (t, _):
            d_row = builder.add(d.step(block, t), builder.add(d_first, row))
            x_row = builder.add(x.step(block, t), builder.add(x_first, column))
            for v in range(0, COLUMNS, lanes):
                ds = [
                    d.load(d.place(builder.add(d_row, INT(i)), INT(v)), lanes)
                    for i in range(n_rows)
                ]
                for j in range(n_columns):
                    x_place = x.place(builder.add(x_row, INT(j)), INT(v))
                    value = x.load(x_place, lanes)
                    for i in range(n_rows):
                        _add_product(builder, totals[i * n_columns + j], ds[i], value)
        sums = _sum_lanes(builder, [builder.load(total) for total in totals], lanes)
        for i in range(n_rows):
            for j in range(n_columns):
                place = builder.add(row, INT(i)), builder.add(column, INT(j))
                builder.store(sums[i * n_columns + j], out.at(out.place(*place)))
        return context.get_dummy_value()

    @intrinsic
    def outer_tile(
        typing: Any,
        out: Any,
        d: Any,
        x: Any,
        row: Any,
        column: Any,
        d_first: Any,
        x_first: Any,
        block: Any,
        first: Any,
        last: Any,
    ) -> Any:
        return types.void(out, d, x, *[types.intp] * 7), generate

    return outer_tile


def make_unit_tile(
    n_sequences: int, n_vectors: int, lanes: int = 16
) -> Callable[..., None]:
    """Make a function that adds a tile of x @ w, in which a vector holds units.

    Parameters
    ----------
    n_sequences, n_vectors : int
        Size of the tile.

    lanes : int, default=16
        Units in a vector.

    Returns
    -------
    callable
        `(out, out_at, out_step, w, w_at, w_step, x, x_at, x_step, n)`: the sum over
        k = 0 ... n - 1 of x[x_at + i * x_step + k] * w[w_at + k * w_step + j] is added
        to out[out_at + i * out_step + j], in the order of k. Places count the numbers
        from the first of each array. For compiled code.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        out, w, x = (
            _Lines(context, builder, signature.args[i], *args[i : i + 3])
            for i in (0, 3, 6)
        )
        tile = [(i, v) for i in range(n_sequences) for v in range(n_vectors)]
        totals = [
            cgutils.alloca_once_value(
                builder, out.load(out.place(INT(i), INT(v * lanes)), lanes)
            )
            for i, v in tile
        ]
        with cgutils.for_range(builder, args[9]) as loop:
            ws = [
                w.load(w.place(loop.index, INT(v * lanes)), lanes)
                for v in range(n_vectors)
            ]
            for i in range(n_sequences):
                number = builder.load(x.at(x.place(INT(i), loop.index)))
                spread = _spread(builder, number, lanes)
                for v in range(n_vectors):
                    _add_product(builder, totals[i * n_vectors + v], spread, ws[v])
        for (i, v), total in zip(tile, totals, strict=True):
            out.store(builder.load(total), out.place(INT(i), INT(v * lanes)))
        return context.get_dummy_value()

    @intrinsic
    def unit_tile(
        typing: Any,
        out: Any,
        out_at: Any,
        out_step: Any,
        w: Any,
        w_at: Any,
        w_step: Any,
        x: Any,
        x_at: Any,
        x_step: Any,
        n: Any,
    ) -> Any:
        place = types.intp, types.intp
        return types.void(out, *place, w, *place, x, *place, types.intp), generate

    return unit_tile


def _sum_lanes(builder: Any, vectors: list[Any], lanes: int) -> list[Any]:
    """Sum the lanes of each vector; two vectors become one with half sums of both."""
    count = len(vectors)
    nothing = ir.Constant(_vector(lanes), [0.0] * lanes)
    vectors = vectors + [nothing] * (-count % lanes)
    kind = ir.VectorType(ir.IntType(32), lanes)
    even, odd = (ir.Constant(kind, [2 * i + k for i in range(lanes)]) for k in (0, 1))
    for _ in range(lanes.bit_length() - 1):
        vectors = [
            builder.fadd(
                builder.shuffle_vector(a, b, even), builder.shuffle_vector(a, b, odd)
            )
            for a, b in zip(vectors[::2], vectors[1::2], strict=True)
        ]
    return [
        builder.extract_element(vectors[i // lanes], INT(i % lanes))
        for i in range(count)
    ]
