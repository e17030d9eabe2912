// Which intrinsics a scalar function may use. CUDA's compiler sees single lanes only, on whichever machine it runs.
#pragma once
#if defined(__CUDACC__)
#define NEEDLE_FMA 1
#else
#if defined(__AVX512F__)
#define NEEDLE_AVX512F 1
#endif
#if defined(__AVX512DQ__)
#define NEEDLE_AVX512DQ 1
#endif
#if defined(__AVX2__)
#define NEEDLE_AVX2 1
#endif
#if defined(__SSE2__)
#define NEEDLE_SSE2 1
#include <immintrin.h>
#endif
#if defined(__aarch64__)
#define NEEDLE_NEON 1
#include <arm_neon.h>
#endif
#if defined(__FMA__) || defined(__aarch64__)
#define NEEDLE_FMA 1  // std::fma is one instruction
#endif
#endif
