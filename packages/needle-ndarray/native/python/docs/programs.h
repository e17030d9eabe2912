#pragma once

namespace needle::python::docs {

constexpr const char *program = R"(A sequence of elementwise operations, run over blocks that stay in the cache.

Values are numbered: first the arrays that the program is run on, then the constants, then the results of the
instructions, one after the other. The last one is the program's result. An instruction is the name of an elementwise
function of one or two arrays, "where", "clip" (with both limits) or the name of a dtype, which converts, and the numbers
of the values that it takes.

Promotion, weak constants and rounding are those of the functions themselves, so a program gives the same bits as calling
them one after the other.

Args:
    inputs: How many arrays the program takes, 1 to 16.
    constants: Python numbers.
    instructions: Tuples of a name and numbers of values.

Raises:
    ValueError: An unknown name, a wrong number of operands, or a value that does not exist yet.

Example:
    >>> import needle_ndarray as nd
    >>> from needle_ndarray.kernels import Program, run_program
    >>> program = Program(2, [0.5], [("multiply", 0, 2), ("add", 3, 1)])
    >>> run_program(program, nd.asarray([2.0, 4.0]), nd.asarray([1.0, 1.0]))
    array([2., 3.])
)";

constexpr const char *run_program = R"(Runs a program of elementwise operations in one pass over its arrays.

No value between is ever an array. With `reduce`, the result itself is folded on the way where the axes are the last
ones.

Args:
    program: What to compute.
    arrays: As many as the program takes, of shapes that broadcast.
    reduce: "sum", "prod", "max", "min", "any", "all" or "mean" of the result, with the bits that these functions give.
    axis: The axes to reduce over; all where it is None.
    keepdims: Whether reduced axes stay, with size 1.
    out: Where the result goes.

Raises:
    ValueError: The program takes another number of arrays, or the reduction is unknown; an instruction takes constants
        alone, or clips one; integers are raised to powers that may be negative; more than 32 values are needed at once.
    ShapeError: The shapes do not broadcast.
    DTypeError: An operation does not take its operands' dtypes.

Example:
    >>> import needle_ndarray as nd
    >>> from needle_ndarray.kernels import Program, run_program
    >>> squares = Program(1, [], [("square", 0)])
    >>> float(run_program(squares, nd.asarray([1.0, 2.0, 3.0]), reduce="sum"))
    14.0
)";

}  // namespace needle::python::docs
