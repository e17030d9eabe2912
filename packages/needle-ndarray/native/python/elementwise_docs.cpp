// What help() says about the elementwise functions: what is particular to each, and around it what is true of all that
// take the same dtypes.
#include "python/functions.h"

namespace needle::python {

namespace {

struct Entry {
    const char *summary;  // one sentence
    const char *details;  // special cases; may be empty
    const char *example, *result;
};

Entry entry(UnaryOp op) {
    switch (op) {
    case UnaryOp::negative:
        return {"Computes -x for each element.",
                "Integers wrap: of the least one the negative is itself, and of "
                "unsigned ones it is what is missing to a power of two.",
                "nd.negative([1, -2])", "array([-1,  2])"};
    case UnaryOp::positive:
        return {"Copies each element, as the operator + does.", "", "nd.positive([1, -2])", "array([ 1, -2])"};
    case UnaryOp::abs:
        return {"Computes the absolute value |x| of each element.", "The least integer of a signed dtype stays itself.",
                "nd.abs([1.5, -2.0])", "array([1.5, 2. ])"};
    case UnaryOp::sign:
        return {"Tells the sign of each element: -1, 0 or 1.", "NaN stays NaN, and -0 becomes 0.",
                "nd.sign([-2.5, 0.0, 7.0])", "array([-1.,  0.,  1.])"};
    case UnaryOp::square:
        return {"Computes x * x for each element.", "Integers wrap.", "nd.square([3, -4])", "array([ 9, 16])"};
    case UnaryOp::floor:
        return {"Rounds each element down to an integer.", "Integers stay as they are.", "nd.floor([1.5, -1.5])",
                "array([ 1., -2.])"};
    case UnaryOp::ceil:
        return {"Rounds each element up to an integer.",
                "Integers stay as they are; above -1 a negative number gives "
                "-0.",
                "nd.ceil([1.5, -1.5])", "array([ 2., -1.])"};
    case UnaryOp::trunc:
        return {"Rounds each element towards zero to an integer.", "Integers stay as they are.",
                "nd.trunc([1.5, -1.5])", "array([ 1., -1.])"};
    case UnaryOp::round:
        return {"Rounds each element to the nearest integer, halves to the even one.", "Integers stay as they are.",
                "nd.round([0.5, 1.5, 2.6])", "array([0., 2., 3.])"};
    case UnaryOp::reciprocal:
        return {"Computes 1 / x for each element.", "At 0 it is infinite, with the sign of the zero.",
                "nd.reciprocal([2.0, -4.0])", "array([ 0.5 , -0.25])"};
    case UnaryOp::sqrt:
        return {"Computes the square root of each element.", "NaN below 0; -0 stays -0.", "nd.sqrt([4.0, 2.25])",
                "array([2. , 1.5])"};
    case UnaryOp::exp:
        return {"Computes e to the power x for each element.", "0 at -infinity, infinity at infinity.",
                "nd.exp([0.0, 1.0])", "array([1.       , 2.7182817])"};
    case UnaryOp::expm1:
        return {"Computes e to the power x, minus 1, without loss of accuracy near 0.", "-1 at -infinity; -0 stays -0.",
                "nd.expm1([0.0, 1e-06])", "array([0.0000000e+00, 1.0000005e-06])"};
    case UnaryOp::log:
        return {"Computes the natural logarithm of each element.", "-infinity at 0, NaN below.", "nd.log([1.0, 10.0])",
                "array([0.       , 2.3025851])"};
    case UnaryOp::log1p:
        return {"Computes the natural logarithm of 1 + x, without loss of accuracy near 0.",
                "-infinity at -1, NaN below; -0 stays -0.", "nd.log1p([0.0, 1e-06])",
                "array([0.000000e+00, 9.999995e-07])"};
    case UnaryOp::log2:
        return {"Computes the logarithm to the base 2 of each element.",
                "-infinity at 0, NaN below; exact for powers of 2.", "nd.log2([1.0, 8.0])", "array([0., 3.])"};
    case UnaryOp::log10:
        return {"Computes the logarithm to the base 10 of each element.", "-infinity at 0, NaN below.",
                "nd.log10([1.0, 1000.0])", "array([0., 3.])"};
    case UnaryOp::sin:
        return {"Computes the sine of each element, an angle in radians.", "NaN at infinities; -0 stays -0.",
                "nd.sin([0.0, 3.0])", "array([0.     , 0.14112])"};
    case UnaryOp::cos:
        return {"Computes the cosine of each element, an angle in radians.", "NaN at infinities.", "nd.cos([0.0, 1.0])",
                "array([1.       , 0.5403023])"};
    case UnaryOp::tan:
        return {"Computes the tangent of each element, an angle in radians.", "NaN at infinities; -0 stays -0.",
                "nd.tan([0.0, 1.0])", "array([0.       , 1.5574079])"};
    case UnaryOp::asin:
        return {"Computes the angle whose sine is x, from -pi/2 to pi/2 radians.", "NaN beyond -1 and 1; -0 stays -0.",
                "nd.asin([0.0, 1.0])", "array([0.       , 1.5707964])"};
    case UnaryOp::acos:
        return {"Computes the angle whose cosine is x, from 0 to pi radians.", "NaN beyond -1 and 1.",
                "nd.acos([0.0, 1.0])", "array([1.5707964, 0.       ])"};
    case UnaryOp::atan:
        return {"Computes the angle whose tangent is x, from -pi/2 to pi/2 radians.",
                "-pi/2 and pi/2 at the infinities; -0 stays -0. `atan2` knows all four quadrants.",
                "nd.atan([0.0, 1.0])", "array([0.       , 0.7853982])"};
    case UnaryOp::sinh:
        return {"Computes the hyperbolic sine (exp(x) - exp(-x)) / 2 of each element.",
                "Infinite at the infinities, with their sign; -0 stays -0.", "nd.sinh([0.0, 1.0])",
                "array([0.       , 1.1752012])"};
    case UnaryOp::cosh:
        return {"Computes the hyperbolic cosine (exp(x) + exp(-x)) / 2 of each element.",
                "Infinity at both infinities.", "nd.cosh([0.0, 1.0])", "array([1.       , 1.5430806])"};
    case UnaryOp::tanh:
        return {"Computes the hyperbolic tangent sinh(x) / cosh(x) of each element.",
                "-1 and 1 at the infinities; -0 stays -0.", "nd.tanh([0.0, 0.5])", "array([0.        , 0.46211717])"};
    case UnaryOp::asinh:
        return {"Computes the number whose hyperbolic sine is x.", "The infinities and -0 stay themselves.",
                "nd.asinh([0.0, 1.0])", "array([0.       , 0.8813736])"};
    case UnaryOp::acosh:
        return {"Computes the number from 0 on whose hyperbolic cosine is x.", "NaN below 1; infinity at infinity.",
                "nd.acosh([1.0, 2.0])", "array([0.      , 1.316958])"};
    case UnaryOp::atanh:
        return {"Computes the number whose hyperbolic tangent is x.", "Infinite at -1 and 1, NaN beyond; -0 stays -0.",
                "nd.atanh([0.0, 0.5])", "array([0.        , 0.54930615])"};
    case UnaryOp::erf:
        return {"Computes the error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.",
                "-1 and 1 at the infinities; -0 stays -0.", "nd.erf([0.0, 1.0])", "array([0.       , 0.8427008])"};
    case UnaryOp::erfc:
        return {"Computes 1 - erf(x), to all digits also where erf(x) is nearly 1.", "2 at -infinity, 0 at infinity.",
                "nd.erfc([0.0, 2.0])", "array([1.        , 0.00467774])"};
    case UnaryOp::sigmoid:
        return {"Computes the logistic function 1 / (1 + exp(-x)) of each element, without overflow.",
                "0 at -infinity, 1 at infinity.", "nd.sigmoid([0.0, 2.0])", "array([0.5     , 0.880797])"};
    case UnaryOp::signbit:
        return {"Tells whether the sign bit of each element is set.", "It is for -0 and for a NaN with a minus.",
                "nd.signbit([1.0, -0.0])", "array([False,  True])"};
    case UnaryOp::isnan:
        return {"Tells whether each element is NaN.", "No integer is.", "nd.isnan([1.0, float(\"nan\")])",
                "array([False,  True])"};
    case UnaryOp::isinf:
        return {"Tells whether each element is infinite, of either sign.", "No integer is.",
                "nd.isinf([1.0, -float(\"inf\")])", "array([False,  True])"};
    case UnaryOp::isfinite:
        return {"Tells whether each element is neither infinite nor NaN.", "Every integer is finite.",
                "nd.isfinite([1.0, float(\"nan\")])", "array([ True, False])"};
    case UnaryOp::logical_not:
        return {"Tells whether each element is False or zero.", "", "nd.logical_not([True, False])",
                "array([False,  True])"};
    case UnaryOp::bitwise_invert:
        return {"Inverts every bit of each element, as the operator ~ does.", "Of bool it is the negation.",
                "nd.bitwise_invert([0, 5])", "array([-1, -6])"};
    }
    return {};
}

Entry entry(BinaryOp op) {
    switch (op) {
    case BinaryOp::add:
        return {"Computes x1 + x2 for each pair of elements.", "Integers wrap; of two booleans it is their logical or.",
                "nd.add([1, 2], 10)", "array([11, 12])"};
    case BinaryOp::subtract:
        return {"Computes x1 - x2 for each pair of elements.", "Integers wrap.", "nd.subtract([1, 2], 10)",
                "array([-9, -8])"};
    case BinaryOp::multiply:
        return {"Computes x1 * x2 for each pair of elements.",
                "Integers wrap; of two booleans it is their logical and.", "nd.multiply([1, 2], 10)",
                "array([10, 20])"};
    case BinaryOp::divide:
        return {"Computes x1 / x2 for each pair of elements.", "", "nd.divide([1, 2], 4)", "array([0.25, 0.5 ])"};
    case BinaryOp::floor_divide:
        return {"Computes x1 / x2, rounded down to an integer, as Python's // does.",
                "An integer divided by 0 gives 0, and the least integer divided by -1 wraps.",
                "nd.floor_divide([7, -7], 2)", "array([ 3, -4])"};
    case BinaryOp::remainder:
        return {"Computes the remainder of x1 / x2 with the sign of x2, as Python's % does.",
                "Of an integer divided by 0 it is 0.", "nd.remainder([7, -7], 3)", "array([1, 2])"};
    case BinaryOp::pow:
        return {"Computes x1 to the power x2 for each pair of elements.",
                "Integers wrap, and to a negative power they raise ValueError. As in C, pow(x, 0) and pow(1, y) are 1 "
                "also\n"
                "where the other operand is NaN, and a negative x with an exponent that is no integer gives NaN.",
                "nd.pow([2.0, 9.0], [3.0, 0.5])", "array([8., 3.])"};
    case BinaryOp::atan2:
        return {"Computes the angle of the point (x2, x1) in radians, from -pi to pi.",
                "That is atan(x1 / x2) in the quadrant that the signs tell, those of zeros and infinities too. Note\n"
                "the order: the y coordinate comes first.",
                "nd.atan2([1.0, -1.0], [1.0, -1.0])", "array([ 0.7853982, -2.3561945])"};
    case BinaryOp::hypot:
        return {"Computes sqrt(x1 * x1 + x2 * x2) without overflow or underflow in between.",
                "Infinity where one of the two is infinite, whatever the other one is.",
                "nd.hypot([3.0, 5.0], [4.0, 12.0])", "array([ 5., 13.])"};
    case BinaryOp::logaddexp:
        return {"Computes log(exp(x1) + exp(x2)) without overflow.", "NaN where one of the two is.",
                "nd.logaddexp([0.0, 1000.0], [0.0, 1000.0])", "array([6.9314718e-01, 1.0006932e+03])"};
    case BinaryOp::copysign:
        return {"Gives each element of x1 the sign of that of x2.", "Zeros and NaN have a sign, too.",
                "nd.copysign([1.0, 2.0], [-0.0, 3.0])", "array([-1.,  2.])"};
    case BinaryOp::nextafter:
        return {"Finds the number next to x1 in the direction of x2.",
                "x2 itself where the two are equal, NaN where one of them is.", "nd.nextafter([1.0], [2.0]) - 1.0",
                "array([1.1920929e-07])"};
    case BinaryOp::maximum:
        return {"Takes the larger of each pair of elements.",
                "NaN where one of the two is; of booleans the logical or.", "nd.maximum([1, 5], [4, 2])",
                "array([4, 5])"};
    case BinaryOp::minimum:
        return {"Takes the smaller of each pair of elements.",
                "NaN where one of the two is; of booleans the logical and.", "nd.minimum([1, 5], [4, 2])",
                "array([1, 2])"};
    case BinaryOp::equal:
        return {"Tells whether x1 == x2 for each pair of elements.", "NaN equals nothing; -0 equals 0.",
                "nd.equal([1, 2], [1, 3])", "array([ True, False])"};
    case BinaryOp::not_equal:
        return {"Tells whether x1 != x2 for each pair of elements.", "NaN differs from everything.",
                "nd.not_equal([1, 2], [1, 3])", "array([False,  True])"};
    case BinaryOp::less:
        return {"Tells whether x1 < x2 for each pair of elements.", "False where one of the two is NaN.",
                "nd.less([1, 2], 2)", "array([ True, False])"};
    case BinaryOp::less_equal:
        return {"Tells whether x1 <= x2 for each pair of elements.", "False where one of the two is NaN.",
                "nd.less_equal([1, 2], 1)", "array([ True, False])"};
    case BinaryOp::greater:
        return {"Tells whether x1 > x2 for each pair of elements.", "False where one of the two is NaN.",
                "nd.greater([1, 2], 1)", "array([False,  True])"};
    case BinaryOp::greater_equal:
        return {"Tells whether x1 >= x2 for each pair of elements.", "False where one of the two is NaN.",
                "nd.greater_equal([1, 2], 2)", "array([False,  True])"};
    case BinaryOp::logical_and:
        return {"Tells whether both elements of each pair are true.", "", "nd.logical_and([True, True], [True, False])",
                "array([ True, False])"};
    case BinaryOp::logical_or:
        return {"Tells whether one or both elements of each pair are true.", "",
                "nd.logical_or([True, False], [False, False])", "array([ True, False])"};
    case BinaryOp::logical_xor:
        return {"Tells whether exactly one element of each pair is true.", "",
                "nd.logical_xor([True, True], [True, False])", "array([False,  True])"};
    case BinaryOp::bitwise_and:
        return {"Computes x1 & x2, bit by bit, for each pair of elements.", "", "nd.bitwise_and([12, 10], 6)",
                "array([4, 2])"};
    case BinaryOp::bitwise_or:
        return {"Computes x1 | x2, bit by bit, for each pair of elements.", "", "nd.bitwise_or([12, 10], 6)",
                "array([14, 14])"};
    case BinaryOp::bitwise_xor:
        return {"Computes x1 ^ x2, bit by bit, for each pair of elements.", "", "nd.bitwise_xor([12, 10], 6)",
                "array([10, 12])"};
    case BinaryOp::bitwise_left_shift:
        return {"Computes x1 << x2: the bits of each element moved up by a count.",
                "A count that is negative, or no less than the width of the dtype, moves all of them out: the result\n"
                "is 0.",
                "nd.bitwise_left_shift([1, 3], [4, 1])", "array([16,  6])"};
    case BinaryOp::bitwise_right_shift:
        return {"Computes x1 >> x2: the bits of each element moved down by a count.",
                "The sign moves in, so that x >> n is x // 2**n. A count that is negative, or no less than the width\n"
                "of the dtype, leaves nothing but the sign: 0 or -1.",
                "nd.bitwise_right_shift([16, -3], [2, 1])", "array([ 4, -2])"};
    }
    return {};
}

// ---- What the dtypes say

const char *operands(Domain domain, bool tells) {
    switch (domain) {
    case Domain::Numeric:
        return tells ? "of any dtype" : "of numbers";
    case Domain::Float:
        return "of floats (integers and bool become float32)";
    case Domain::Integer:
        return "of integers";
    case Domain::Integral:
        return "of integers or bool";
    case Domain::Boolean:
        return "of any dtype; what is not zero is true, NaN too";
    default:
        return "of any dtype";
    }
}

std::string compose(const Entry &text, const std::string &arguments, const std::string &returns,
                    const std::string &dtypes, const std::string &shapes) {
    std::string out = std::string(text.summary) + "\n\n";
    if (*text.details) out += std::string(text.details) + "\n\n";
    return out + "Args:\n    " + arguments +
           ".\n    out: Array that takes the result in place of a new one. It has the result's shape, and a dtype of "
           "its kind\n"
           "        or of one further on in the row bool, unsigned, signed, float; it may share memory with "
           "operands.\n\n"
           "Returns:\n    Array of " +
           returns + ".\n\nRaises:\n    DTypeError: " + dtypes +
           ", or `out`\n        cannot hold the result's.\n    ShapeError: " + shapes +
           ".\n    ValueError: `out` is read-only or a broadcast view.\n\n" +
           "Example:\n    >>> import needle_ndarray as nd\n    >>> " + text.example + "\n    " + text.result;
}

#define X(name, domain, result) Domain::domain,
constexpr Domain unary_domains[] = {NEEDLE_UNARY_OPS(X)}, binary_domains[] = {NEEDLE_BINARY_OPS(X)};
#undef X
#define X(name, domain, result) Result::result == Result::Bool,
constexpr bool unary_tells[] = {NEEDLE_UNARY_OPS(X)}, binary_tells[] = {NEEDLE_BINARY_OPS(X)};
#undef X

std::string dtype_of_result(bool tells, Domain domain, const char *same) {
    if (tells) return "bool";
    return same + std::string(domain == Domain::Float ? " where that is a float, else float32" : "");
}

}  // namespace

const char *documentation(UnaryOp op) {
    const int i = static_cast<int>(op);
    const Domain domain = unary_domains[i];
    const std::string dtype = dtype_of_result(unary_tells[i], domain, "x's");
    return keep(compose(entry(op),
                        std::string("x: Array, or what `asarray` takes, ") + operands(domain, unary_tells[i]),
                        "x's shape, or `out`.\n    Its dtype is " + dtype, "There is no such operation for x's dtype",
                        "`out` has another shape than x"));
}

const char *documentation(BinaryOp op) {
    const int i = static_cast<int>(op);
    const Domain domain = binary_domains[i];
    const std::string dtype = dtype_of_result(binary_tells[i], domain, "that of both operands together");
    return keep(compose(
        entry(op),
        std::string("x1: Array, scalar, or what `asarray` takes, ") + operands(domain, binary_tells[i]) +
            ".\n    x2: The same. The shapes broadcast; a Python or NumPy scalar takes on the dtype of the other",
        "the broadcast shape, or `out`.\n    Its dtype is " + dtype,
        "There is no such operation for these dtypes, or none that holds both",
        "The shapes do not broadcast, or `out` has another one"));
}

const char *const where_documentation =
    R"(Takes elements from x1 where a condition is true, and from x2 elsewhere.

Args:
    condition: Array of bool, or of any dtype; what is not zero is true, NaN too.
    x1: Array or scalar. The three shapes broadcast.
    x2: Array or scalar. A Python or NumPy scalar takes on the dtype of the other one.

Returns:
    Array of the broadcast shape and of the dtype that holds both.

Raises:
    DTypeError: No dtype holds both, as for uint64 and a signed integer.
    ShapeError: The shapes do not broadcast.

Example:
    >>> import needle_ndarray as nd
    >>> nd.where([True, False, True], nd.asarray([1, 2, 3]), 0)
    array([1, 0, 3]))";

const char *const clip_documentation =
    R"(Limits each element to the range from min to max.

A NaN in one of the three gives NaN. Where min is above max, the result is max. An integer limit that lies beyond the
dtype limits nothing.

Args:
    x: Array, or what `asarray` takes, of numbers.
    min: Array or scalar; None does not limit. The three shapes broadcast.
    max: Array or scalar; None does not limit.
    out: Array that takes the result in place of a new one, of the result's shape.

Returns:
    Array of the broadcast shape; dtype x's, or the one that holds those of x and of limits that are arrays. `out`
    where that is given.

Raises:
    DTypeError: x is of bool, no dtype holds those of the arrays, or `out` cannot hold the result's.
    OverflowError: A limit is an integer that leaves nothing of the dtype's range, as in clip(x, min=300) of int8.
    ShapeError: The shapes do not broadcast, or `out` has another one.
    ValueError: `out` is read-only or a broadcast view.

Example:
    >>> import needle_ndarray as nd
    >>> nd.clip([1, 5, 9], 2, 7)
    array([2, 5, 7]))";

}  // namespace needle::python
