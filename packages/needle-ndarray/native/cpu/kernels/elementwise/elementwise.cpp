// The table of elementwise loops. Types are folded together where the machine does the same for them: integers that
// wrap are computed unsigned, copies go by size.
#include "cpu/kernels.h"
#include "cpu/kernels/elementwise/casts.h"
#include "cpu/kernels/elementwise/copying.h"
#include "cpu/kernels/elementwise/integer_division.h"
#include "cpu/kernels/elementwise/places.h"
#include "cpu/kernels/elementwise/row_sums.h"
#include "cpu/kernels/elementwise/streamed_loops.h"
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/streaming.h"
#include "cpu/kernels/vectors/transpose.h"
#include "cpu/kernels/vectors/types.h"
#include "scalar/functions.h"

namespace needle::cpu {
namespace {

// The scalar functions as types, which loops can be made of.
template <UnaryOp op> struct Unary;
template <BinaryOp op> struct Binary;
#define X(name, domain_, result)                                                                                       \
    template <> struct Unary<UnaryOp::name> {                                                                          \
        static constexpr Domain domain = Domain::domain_;                                                              \
        template <class V> NEEDLE_INLINE auto apply(V x) { return scalar::name(x); }                                   \
    };
NEEDLE_UNARY_OPS(X)
#undef X
#define X(name, domain_, result)                                                                                       \
    template <> struct Binary<BinaryOp::name> {                                                                        \
        static constexpr Domain domain = Domain::domain_;                                                              \
        template <class V> NEEDLE_INLINE auto apply(V x, V y) { return scalar::name(x, y); }                           \
    };
NEEDLE_BINARY_OPS(X)
#undef X
struct Clip {
    template <class V> NEEDLE_INLINE V apply(V x, V low, V high) { return scalar::clip(x, low, high); }
};
// A function of booleans for their bytes: any but 0 is true, for others may write all 256 through a view that they
// share.
template <class F> struct OnTruth {
    NEEDLE_INLINE bool apply(uint8_t a) { return F::apply(a != 0); }
    NEEDLE_INLINE bool apply(uint8_t a, uint8_t b) { return F::apply(a != 0, b != 0); }
};

// Written with vector types; the compiler vectorises the other loops by itself.
constexpr bool is_vector_function(UnaryOp op) {
    switch (op) {
    case UnaryOp::exp:
    case UnaryOp::expm1:
    case UnaryOp::log:
    case UnaryOp::log1p:
    case UnaryOp::log2:
    case UnaryOp::log10:
    case UnaryOp::sin:
    case UnaryOp::cos:
    case UnaryOp::tan:
    case UnaryOp::asin:
    case UnaryOp::acos:
    case UnaryOp::atan:
    case UnaryOp::sinh:
    case UnaryOp::cosh:
    case UnaryOp::tanh:
    case UnaryOp::asinh:
    case UnaryOp::acosh:
    case UnaryOp::atanh:
    case UnaryOp::erf:
    case UnaryOp::erfc:
    case UnaryOp::sigmoid:
        return true;
    default:
        return false;
    }
}
constexpr bool is_vector_function(BinaryOp op) {
    switch (op) {
    case BinaryOp::pow:
    case BinaryOp::remainder:
    case BinaryOp::floor_divide:
    case BinaryOp::atan2:
    case BinaryOp::hypot:
    case BinaryOp::logaddexp:
    case BinaryOp::nextafter:
        return true;
    default:
        return false;
    }
}

// Integers are whole already.
constexpr bool leaves_integers(UnaryOp op) {
    switch (op) {
    case UnaryOp::positive:
    case UnaryOp::floor:
    case UnaryOp::ceil:
    case UnaryOp::trunc:
    case UnaryOp::round:
        return true;
    default:
        return false;
    }
}

// Only these look at an integer's sign; all others work on its bits.
constexpr bool sees_sign(UnaryOp op) { return op == UnaryOp::abs || op == UnaryOp::sign; }
constexpr bool sees_sign(BinaryOp op) {
    switch (op) {
    case BinaryOp::floor_divide:
    case BinaryOp::remainder:
    case BinaryOp::maximum:
    case BinaryOp::minimum:
    case BinaryOp::bitwise_right_shift:
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
        return true;
    default:
        return false;
    }
}

// An answer that is the same for every integer.
template <bool value> void constant_answer(const void *, void *out, int64_t n) { __builtin_memset(out, value, n); }

template <UnaryOp op, class T> constexpr UnaryLoop unary_loop() {
    using F = Unary<op>;
    if constexpr (!contains(F::domain, dtype_of<T>)) return nullptr;
    else if constexpr (op == UnaryOp::logical_not || (op == UnaryOp::bitwise_invert && is_bool<T>))
        return simple_unary<OnTruth<Unary<UnaryOp::logical_not>>, uint8_t, bool>;
    else if constexpr (is_float<T>)
        if constexpr (is_vector_function(op)) return vector_unary<F, T>;
        else if constexpr (op == UnaryOp::positive) return copy_elements<Raw<T>>;
        else return simple_unary<F, T, decltype(F::apply(T()))>;
    else if constexpr (leaves_integers(op) || (op == UnaryOp::abs && is_unsigned<T>)) return copy_elements<Raw<T>>;
    else if constexpr (op == UnaryOp::isnan || op == UnaryOp::isinf) return constant_answer<false>;
    else if constexpr (op == UnaryOp::isfinite) return constant_answer<true>;
    else {
        using C = typename Choose<sees_sign(op), T, Raw<T>>::type;
        return simple_unary<F, C, C>;
    }
}

template <BinaryLoop loop>
void swapped(const void *a, int64_t a_step, const void *b, int64_t b_step, void *out, int64_t n) {
    loop(b, b_step, a, a_step, out, n);
}

struct Root {
    template <class T> NEEDLE_INLINE T apply(T x) { return scalar::root_power(x); }
};
struct Cube {
    template <class V> NEEDLE_INLINE V apply(V x) { return scalar::cube(x); }
};

// The exponents that are met most are worth loops of their own, which are more exact besides.
template <class T> void float_pow(const void *a, int64_t a_step, const void *b, int64_t b_step, void *out, int64_t n) {
    const bool same_exponent = n > 0 && a_step == 1 && b_step == 0;
    const T exponent = same_exponent ? *static_cast<const T *>(b) : T(0);
    if (exponent == 2) return simple_unary<Unary<UnaryOp::square>, T, T>(a, out, n);
    if (exponent == -1) return simple_unary<Unary<UnaryOp::reciprocal>, T, T>(a, out, n);
    if (exponent == T(0.5)) return simple_unary<Root, T, T>(a, out, n);
    if (scalar::has_fma && exponent == 3) return vector_unary<Cube, T>(a, out, n);
    vector_binary<Binary<BinaryOp::pow>, T>(a, a_step, b, b_step, out, n);
}

// By squaring, side by side until the largest exponent is used up.
struct IntegerPower {
    template <class V> NEEDLE_INLINE V apply(V x, V exponent) {
        V result = V{} + 1;
        for (; scalar::any(exponent != 0); exponent >>= 1, x *= x) result = (exponent & 1) != 0 ? result * x : result;
        return result;
    }
};
template <class T>
void integer_pow(const void *a, int64_t a_step, const void *b, int64_t b_step, void *out, int64_t n) {
    if (n > 0 && a_step == 1 && b_step == 0 && *static_cast<const T *>(b) == 2)
        return simple_unary<Unary<UnaryOp::square>, T, T>(a, out, n);
    vector_binary<IntegerPower, T>(a, a_step, b, b_step, out, n);
}

template <BinaryOp op, class T> constexpr BinaryLoop binary_loop() {
    using F = Binary<op>;
    using C = typename Choose<sees_sign(op), Number<T>, Raw<T>>::type;
    if constexpr (!contains(F::domain, dtype_of<T>)) return nullptr;
    else if constexpr (op == BinaryOp::greater) return swapped<binary_loop<BinaryOp::less, T>()>;
    else if constexpr (op == BinaryOp::greater_equal) return swapped<binary_loop<BinaryOp::less_equal, T>()>;
    else if constexpr (is_bool<T>) return simple_binary<OnTruth<F>, uint8_t, bool>;
    else if constexpr (!is_vector_function(op)) return simple_binary<F, C, decltype(F::apply(C(), C()))>;
    else if constexpr (!is_float<T>)
        if constexpr (op == BinaryOp::pow) return integer_pow<C>;
        else return divide_integers<op == BinaryOp::floor_divide, C>;
    else if constexpr (op == BinaryOp::pow) return float_pow<T>;
    else return vector_binary<F, T>;
}

constexpr bool has_streamed_loop(UnaryOp op) {
    switch (op) {
    case UnaryOp::cos:
    case UnaryOp::erf:
    case UnaryOp::exp:
    case UnaryOp::log:
    case UnaryOp::sigmoid:
    case UnaryOp::sin:
    case UnaryOp::tanh:
        return true;
    default:
        return false;
    }
}
constexpr bool has_streamed_loop(BinaryOp op) {
    switch (op) {
    case BinaryOp::add:
    case BinaryOp::subtract:
    case BinaryOp::multiply:
    case BinaryOp::divide:
    case BinaryOp::maximum:
    case BinaryOp::minimum:
    case BinaryOp::equal:
    case BinaryOp::not_equal:
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
        return true;
    default:
        return false;
    }
}

// Floats only, to keep the code small.
template <UnaryOp op, class T> constexpr UnaryLoop streamed_unary_loop() {
    if constexpr (!is_float<T> || !has_streamed_loop(op)) return nullptr;
    else return streamed_unary<Unary<op>, T, unary_loop<op, T>()>;
}
template <BinaryOp op, class T> constexpr BinaryLoop streamed_binary_loop() {
    using F = Binary<op>;
    if constexpr (!is_float<T> || !has_streamed_loop(op)) return nullptr;
    else if constexpr (op == BinaryOp::greater) return swapped<streamed_binary_loop<BinaryOp::less, T>()>;
    else if constexpr (op == BinaryOp::greater_equal) return swapped<streamed_binary_loop<BinaryOp::less_equal, T>()>;
    else return streamed_binary<F, T, decltype(F::apply(T(), T()))>;
}

template <UnaryOp op> constexpr void fill_row(UnaryLoop (&row)[dtype_count], UnaryLoop (&streamed)[dtype_count]) {
#define X(id, type, name, kind)                                                                                        \
    row[index_of(DType::id)] = unary_loop<op, type>();                                                                 \
    streamed[index_of(DType::id)] = streamed_unary_loop<op, type>();
    NEEDLE_ARITHMETIC_DTYPES(X)
#undef X
}
template <BinaryOp op> constexpr void fill_row(BinaryLoop (&row)[dtype_count], BinaryLoop (&streamed)[dtype_count]) {
#define X(id, type, name, kind)                                                                                        \
    row[index_of(DType::id)] = binary_loop<op, type>();                                                                \
    streamed[index_of(DType::id)] = streamed_binary_loop<op, type>();
    NEEDLE_ARITHMETIC_DTYPES(X)
#undef X
}
template <class From> constexpr void fill_row(CastLoop (&row)[dtype_count]) {
#define X(id, type, name, kind) row[index_of(DType::id)] = cast_loop<From, type>();
    NEEDLE_DTYPES(X)
#undef X
}

constexpr ElementwiseKernels make_table() {
    ElementwiseKernels table = {};
#define X(name, domain, result)                                                                                        \
    fill_row<UnaryOp::name>(table.unary[int(UnaryOp::name)], table.streamed_unary[int(UnaryOp::name)]);
    NEEDLE_UNARY_OPS(X)
#undef X
#define X(name, domain, result)                                                                                        \
    fill_row<BinaryOp::name>(table.binary[int(BinaryOp::name)], table.streamed_binary[int(BinaryOp::name)]);
    NEEDLE_BINARY_OPS(X)
#undef X
#define X(id, type, name, kind) fill_row<type>(table.cast[index_of(DType::id)]);
    NEEDLE_DTYPES(X)
#undef X
#define X(id, type, name, kind)                                                                                        \
    if (DType::id != DType::Bool) table.clip[index_of(DType::id)] = vector_ternary<Clip, Number<type>>;
    NEEDLE_ARITHMETIC_DTYPES(X)
#undef X
#define X(log_size, type)                                                                                              \
    table.where[log_size] = where<type>;                                                                               \
    table.streamed_where[log_size] = streamed_where<type>;                                                             \
    table.gather[log_size] = gather<type>;                                                                             \
    table.scatter[log_size] = scatter<type>;                                                                           \
    table.fill[log_size] = fill<type>;                                                                                 \
    table.transpose[log_size] = transpose<type>;
    X(0, uint8_t)
    X(1, uint16_t)
    X(2, uint32_t)
    X(3, uint64_t)
#undef X
    table.streamed_gather[2] = streamed_gather<uint32_t>;
    table.streamed_gather[3] = streamed_gather<uint64_t>;
#if defined(__AVX512BW__)
    table.fill_masked[0] = fill_masked<uint8_t>;
    table.fill_masked[1] = fill_masked<uint16_t>;
    table.fill_masked[2] = fill_masked<uint32_t>;
    table.fill_masked[3] = fill_masked<uint64_t>;
#endif
    table.stream = stream_block;
    table.finish_streams = finish_streams;
    table.are_within = are_within;
    table.place = place;
    table.copy_rows = copy_rows;
#define X(id, type, name, kind) table.add_rows[index_of(DType::id)] = add_rows<Summed<type>>;
    NEEDLE_ARITHMETIC_DTYPES(X)
#undef X
    return table;
}

}  // namespace

extern const ElementwiseKernels NEEDLE_CAT(elementwise_, NEEDLE_ISA);
const ElementwiseKernels NEEDLE_CAT(elementwise_, NEEDLE_ISA) = make_table();

}  // namespace needle::cpu
