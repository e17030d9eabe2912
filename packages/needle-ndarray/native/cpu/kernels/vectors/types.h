// Which C++ type a loop computes in: one stands for several dtypes where the machine does the same for them.
#pragma once
#include "core/dtype.h"
#include "scalar/lists.h"

#define NEEDLE_INLINE static inline __attribute__((always_inline))

namespace needle::cpu {
namespace {

template <int size> struct UnsignedOf;
template <> struct UnsignedOf<1> {
    using type = uint8_t;
};
template <> struct UnsignedOf<2> {
    using type = uint16_t;
};
template <> struct UnsignedOf<4> {
    using type = uint32_t;
};
template <> struct UnsignedOf<8> {
    using type = uint64_t;
};
template <class T> using Unsigned = typename UnsignedOf<sizeof(T)>::type;

template <bool condition, class A, class B> struct Choose {
    using type = A;
};
template <class A, class B> struct Choose<false, A, B> {
    using type = B;
};

template <class T> constexpr bool is_float = kind_of(dtype_of<T>) == Kind::Float;
template <class T> constexpr bool is_bool = kind_of(dtype_of<T>) == Kind::Bool;
template <class T> constexpr bool is_unsigned = kind_of(dtype_of<T>) == Kind::Unsigned;
// Integers and bool as the unsigned integer of the same bits; bool alone as uint8.
template <class T> using Raw = typename Choose<is_float<T>, T, Unsigned<T>>::type;
template <class T> using Number = typename Choose<is_bool<T>, uint8_t, T>::type;

constexpr bool contains(Domain domain, DType dtype) {
    if (is_storage(dtype)) return false;
    switch (domain) {
    case Domain::All:
        return true;
    case Domain::Numeric:
        return dtype != DType::Bool;
    case Domain::Float:
        return needle::is_float(dtype);
    case Domain::Integer:
        return needle::is_integer(dtype);
    case Domain::Integral:
        return !needle::is_float(dtype);
    case Domain::Boolean:
        return dtype == DType::Bool;
    }
    return false;
}

}  // namespace
}  // namespace needle::cpu
