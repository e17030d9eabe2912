// Element types: the one list that storage, kernels, promotion and bindings expand.
#pragma once
#include <cstddef>
#include <cstdint>

namespace needle {

// Floats of 16 bits: arrays hold them, and loops compute in float instead. Conversions are in scalar/narrow.h.
struct Float16 {
    uint16_t bits;
};
struct BFloat16 {
    uint16_t bits;
};

// The dtypes that kernels are compiled for. X(enumerator, C++ type, name, kind)
#define NEEDLE_ARITHMETIC_DTYPES(X)                                                                                    \
    X(Bool, bool, "bool", Bool)                                                                                        \
    X(Int8, int8_t, "int8", Signed)                                                                                    \
    X(Int16, int16_t, "int16", Signed)                                                                                 \
    X(Int32, int32_t, "int32", Signed)                                                                                 \
    X(Int64, int64_t, "int64", Signed)                                                                                 \
    X(UInt8, uint8_t, "uint8", Unsigned)                                                                               \
    X(UInt16, uint16_t, "uint16", Unsigned)                                                                            \
    X(UInt32, uint32_t, "uint32", Unsigned)                                                                            \
    X(UInt64, uint64_t, "uint64", Unsigned)                                                                            \
    X(Float32, float, "float32", Float)                                                                                \
    X(Float64, double, "float64", Float)
// The dtypes that are only stored.
#define NEEDLE_STORAGE_DTYPES(X)                                                                                       \
    X(Float16, needle::Float16, "float16", Float)                                                                      \
    X(BFloat16, needle::BFloat16, "bfloat16", Float)
#define NEEDLE_DTYPES(X)                                                                                               \
    NEEDLE_ARITHMETIC_DTYPES(X)                                                                                        \
    NEEDLE_STORAGE_DTYPES(X)

enum class DType : uint8_t {
#define X(id, type, name, kind) id,
    NEEDLE_DTYPES(X)
#undef X
};

enum class Kind : uint8_t { Bool, Signed, Unsigned, Float };

#define X(id, type, name, kind) +1
constexpr int dtype_count = 0 NEEDLE_DTYPES(X);
#undef X

constexpr int index_of(DType dtype) { return static_cast<int>(dtype); }

constexpr int itemsize(DType dtype) {
    constexpr int sizes[] = {
#define X(id, type, name, kind) static_cast<int>(sizeof(type)),
        NEEDLE_DTYPES(X)
#undef X
    };
    return sizes[index_of(dtype)];
}

constexpr int log2_itemsize(DType dtype) { return __builtin_ctz(static_cast<unsigned>(itemsize(dtype))); }

constexpr Kind kind_of(DType dtype) {
    constexpr Kind kinds[] = {
#define X(id, type, name, kind) Kind::kind,
        NEEDLE_DTYPES(X)
#undef X
    };
    return kinds[index_of(dtype)];
}

constexpr const char *name_of(DType dtype) {
    constexpr const char *names[] = {
#define X(id, type, name, kind) name,
        NEEDLE_DTYPES(X)
#undef X
    };
    return names[index_of(dtype)];
}

constexpr bool is_float(DType dtype) { return kind_of(dtype) == Kind::Float; }
constexpr bool is_integer(DType dtype) { return kind_of(dtype) == Kind::Signed || kind_of(dtype) == Kind::Unsigned; }

// Whether arrays of this dtype are computed with in another one.
constexpr bool is_storage(DType dtype) { return dtype == DType::Float16 || dtype == DType::BFloat16; }
// The dtype that kernels compute in for arrays of this one; results are rounded once to the array's own.
constexpr DType arithmetic(DType dtype) { return is_storage(dtype) ? DType::Float32 : dtype; }

constexpr DType default_float = DType::Float32;
constexpr DType default_int = DType::Int64;

template <class T> struct DTypeOf;
#define X(id, type, name, kind)                                                                                        \
    template <> struct DTypeOf<type> {                                                                                 \
        static constexpr DType value = DType::id;                                                                      \
    };
NEEDLE_DTYPES(X)
#undef X
template <class T> constexpr DType dtype_of = DTypeOf<T>::value;

template <class T> struct TypeTag {
    using type = T;
};

// Throws Error(DType) for a dtype that nothing computes in.
[[noreturn]] void refuse_storage(DType dtype);

#define NEEDLE_CASE(id, type, name, kind)                                                                              \
    case DType::id:                                                                                                    \
        return f(TypeTag<type>{});

// Calls f(TypeTag<T>{}) with the C++ type of `dtype`, one that kernels compute in; throws Error(DType) for others.
template <class F> decltype(auto) dispatch(DType dtype, F &&f) {
    switch (dtype) {
        NEEDLE_ARITHMETIC_DTYPES(NEEDLE_CASE)
    default:
        refuse_storage(dtype);
    }
}

// The same for every dtype.
template <class F> decltype(auto) dispatch_stored(DType dtype, F &&f) {
    switch (dtype) { NEEDLE_DTYPES(NEEDLE_CASE) }
    __builtin_unreachable();
}
#undef NEEDLE_CASE

// Calls f with an unsigned integer of the size of the dtype's elements: for what only moves them or looks at their
// bits.
template <class F> decltype(auto) dispatch_bits(DType dtype, F &&f) {
    switch (itemsize(dtype)) {
    case 1:
        return f(uint8_t{});
    case 2:
        return f(uint16_t{});
    case 4:
        return f(uint32_t{});
    default:
        return f(uint64_t{});
    }
}

// The dtype that holds both, by the Array API standard's table; beyond it, bool gives way to any dtype, an integer to
// any float, and float16 with bfloat16 to float32. Throws Error(DType) for uint64 with a signed integer, which no
// integer dtype holds.
DType promote(DType a, DType b);

}  // namespace needle
