// What help() says about the elementwise functions.
#include "python/functions.h"

namespace needle::python {

const char *documentation(UnaryOp op) {
    switch (op) {
    case UnaryOp::negative:
        return "Elementwise -x.";
    case UnaryOp::positive:
        return "Elementwise +x: a copy.";
    case UnaryOp::abs:
        return "Elementwise absolute value.";
    case UnaryOp::sign:
        return "Elementwise sign: -1, 0 or 1; NaN stays NaN.";
    case UnaryOp::square:
        return "Elementwise x * x.";
    case UnaryOp::floor:
        return "Elementwise largest integer not above x, in x's dtype.";
    case UnaryOp::ceil:
        return "Elementwise smallest integer not below x, in x's dtype.";
    case UnaryOp::trunc:
        return "Elementwise integer part of x, in x's dtype.";
    case UnaryOp::round:
        return "Elementwise nearest integer, halves to the even one, in x's dtype.";
    case UnaryOp::reciprocal:
        return "Elementwise 1 / x.";
    case UnaryOp::sqrt:
        return "Elementwise square root; NaN below zero.";
    case UnaryOp::exp:
        return "Elementwise e to the power x.";
    case UnaryOp::expm1:
        return "Elementwise e to the power x, minus 1, exact near zero.";
    case UnaryOp::log:
        return "Elementwise natural logarithm; -inf at zero, NaN below.";
    case UnaryOp::log1p:
        return "Elementwise natural logarithm of 1 + x, exact near zero.";
    case UnaryOp::sin:
        return "Elementwise sine of x in radians.";
    case UnaryOp::cos:
        return "Elementwise cosine of x in radians.";
    case UnaryOp::tanh:
        return "Elementwise hyperbolic tangent.";
    case UnaryOp::sigmoid:
        return "Elementwise logistic function 1 / (1 + exp(-x)), without overflow.";
    case UnaryOp::isnan:
        return "Elementwise: is x NaN.";
    case UnaryOp::isinf:
        return "Elementwise: is x infinite.";
    case UnaryOp::isfinite:
        return "Elementwise: is x neither NaN nor infinite.";
    case UnaryOp::logical_not:
        return "Elementwise: is x zero or False.";
    case UnaryOp::bitwise_invert:
        return "Elementwise bitwise complement; of bool, its negation.";
    }
    return "";
}

const char *documentation(BinaryOp op) {
    switch (op) {
    case BinaryOp::add:
        return "Elementwise x1 + x2.";
    case BinaryOp::subtract:
        return "Elementwise x1 - x2.";
    case BinaryOp::multiply:
        return "Elementwise x1 * x2.";
    case BinaryOp::divide:
        return "Elementwise x1 / x2; integers give floats.";
    case BinaryOp::floor_divide:
        return "Elementwise floor(x1 / x2); an integer divided by zero gives 0.";
    case BinaryOp::remainder:
        return "Elementwise remainder with the sign of x2, as Python's %; of an integer by zero it is 0.";
    case BinaryOp::pow:
        return "Elementwise x1 to the power x2; an integer to a negative power is refused.";
    case BinaryOp::maximum:
        return "Elementwise larger of the two; NaN where one of them is.";
    case BinaryOp::minimum:
        return "Elementwise smaller of the two; NaN where one of them is.";
    case BinaryOp::equal:
        return "Elementwise x1 == x2.";
    case BinaryOp::not_equal:
        return "Elementwise x1 != x2.";
    case BinaryOp::less:
        return "Elementwise x1 < x2.";
    case BinaryOp::less_equal:
        return "Elementwise x1 <= x2.";
    case BinaryOp::greater:
        return "Elementwise x1 > x2.";
    case BinaryOp::greater_equal:
        return "Elementwise x1 >= x2.";
    case BinaryOp::logical_and:
        return "Elementwise: are both nonzero.";
    case BinaryOp::logical_or:
        return "Elementwise: is one of them nonzero.";
    case BinaryOp::logical_xor:
        return "Elementwise: is exactly one of them nonzero.";
    case BinaryOp::bitwise_and:
        return "Elementwise x1 & x2 of integers or bool.";
    case BinaryOp::bitwise_or:
        return "Elementwise x1 | x2 of integers or bool.";
    case BinaryOp::bitwise_xor:
        return "Elementwise x1 ^ x2 of integers or bool.";
    }
    return "";
}

}  // namespace needle::python
