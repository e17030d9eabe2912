// What the files compiled once per instruction set share: the name of the set, and vectors of its width.
// Only GCC's and Clang's vector extensions, no intrinsics; everything in an unnamed namespace, so that no function of
// one instruction set can be linked into another.
#pragma once
#include <stdint.h>

#ifndef NEEDLE_ISA
#define NEEDLE_ISA baseline
#endif
#define NEEDLE_CAT_(a, b) a##b
#define NEEDLE_CAT(a, b) NEEDLE_CAT_(a, b)

namespace needle::cpu {
namespace {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
constexpr int vector_registers = 32;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32;
constexpr int vector_registers = 16;
#elif defined(__aarch64__)
constexpr int vector_bytes = 16;
constexpr int vector_registers = 32;
#else
constexpr int vector_bytes = 16;
constexpr int vector_registers = 16;
#endif

template <class T> struct VectorTypes {
    typedef T aligned __attribute__((vector_size(vector_bytes)));
    typedef T unaligned __attribute__((vector_size(vector_bytes), aligned(sizeof(T)), may_alias));
};
template <class T> using Vector = typename VectorTypes<T>::aligned;
// Elements in a vector.
template <class T> constexpr int lanes = vector_bytes / static_cast<int>(sizeof(T));

template <class T> inline Vector<T> load(const T *p) {
    return *reinterpret_cast<const typename VectorTypes<T>::unaligned *>(p);
}
template <class T> inline void store(T *p, Vector<T> v) {
    *reinterpret_cast<typename VectorTypes<T>::unaligned *>(p) = v;
}

// Left to itself the compiler reads a vector from memory anew for each of its uses.
template <class T> inline Vector<T> in_register(Vector<T> v) {
#if defined(__x86_64__)
    asm("" : "+v"(v));
#endif
    return v;
}

// The numbers of n lanes as a type, for shuffles that are spelled lane by lane.
template <int... I> struct LaneList {};
template <int N, int... I> struct LanesUpTo : LanesUpTo<N - 1, N - 1, I...> {};
template <int... I> struct LanesUpTo<0, I...> {
    using type = LaneList<I...>;
};

}  // namespace
}  // namespace needle::cpu
