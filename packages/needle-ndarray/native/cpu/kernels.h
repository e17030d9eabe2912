// The tables of CPU kernels. Each file in cpu/kernels/ is compiled once per instruction set and exports one table;
// dispatch.cpp picks the set when the library is loaded. These files contain no STL and nothing with external linkage
// but their table: an inline function compiled for AVX-512 must never be the copy that the linker keeps.
#pragma once
#include "core/activation.h"
#include "core/dtype.h"
#include "core/parallel.h"
#include "scalar/lists.h"

namespace needle::cpu {

// Loops run over n elements of contiguous operands; a step of 0 makes an input one scalar for all of them. They are
// null in the tables where an operation does not exist for a dtype, as none but casts do for those that are only
// stored. Input and output may be the same memory, but not overlap otherwise.
using UnaryLoop = void (*)(const void *a, void *out, int64_t n);
using BinaryLoop = void (*)(const void *a, int64_t a_step, const void *b, int64_t b_step, void *out, int64_t n);
using WhereLoop = void (*)(const bool *condition, int64_t c_step, const void *a, int64_t a_step, const void *b,
                           int64_t b_step, void *out, int64_t n);
// out = x limited to [low, high]; a NaN in any of them comes through.
using ClipLoop = void (*)(const void *x, int64_t x_step, const void *low, int64_t low_step, const void *high,
                          int64_t high_step, void *out, int64_t n);
using CastLoop = void (*)(const void *in, void *out, int64_t n);
// Strided to contiguous and back; strides in elements. Chosen by item size (1, 2, 4, 8).
using GatherLoop = void (*)(const void *in, int64_t in_stride, void *out, int64_t n);
// The same past the caches. What is gathered next, in the same steps, begins at `next`: its lines are asked for early.
using StreamedGatherLoop = void (*)(const void *in, int64_t in_stride, void *out, int64_t n, const void *next);
using ScatterLoop = void (*)(const void *in, void *out, int64_t out_stride, int64_t n);
// A copy past the caches; every task that makes some ends with finish_streams().
using StreamLoop = void (*)(const void *in, void *out, int64_t bytes);
using FillLoop = void (*)(const void *value, void *out, int64_t n);
// Where the mask is true, and nowhere else: another thread may be writing there. Lines that are not in the cache are
// asked for ahead. Null on machines without masked stores.
using FillMaskedLoop = void (*)(const bool *mask, const void *value, void *out, int64_t n, bool asks_ahead);
// Indices of an axis of `size` elements that are `step` apart; from `low` on, negative ones count from the end.
struct PlacedIndices {
    const int64_t *indices;
    int64_t low, size, step;
};
// out[i] (is raised by, where it adds) first + i * apart + the place of index i; false where one is out of range.
using PlaceLoop = bool (*)(const PlacedIndices &indices, int64_t first, int64_t apart, int64_t *out, int64_t n,
                           bool adds);
// Whether low <= index < size for all of them.
using WithinLoop = bool (*)(const int64_t *indices, int64_t low, int64_t size, int64_t n);
// Row i from `in` + in_at[i] to `out` + out_at[i], counted in elements; past the caches where `streams` says so.
struct RowCopies {
    const char *in;
    const int64_t *in_at;
    char *out;
    const int64_t *out_at;
    int64_t rows, row_bytes;
    int itemsize;
    bool streams;
};
// to[to_at[i] ...] += from[from_at[i] ...], each a row of `length` elements, in order; of bool it is logical_or.
using AddRowsLoop = void (*)(void *to, const int64_t *to_at, const void *from, const int64_t *from_at, int64_t n,
                             int64_t length);
// out[j * out_stride + i] = in[i * in_stride + j] for i < rows, j < columns: a blocked transpose, past the caches where
// `streams` says so.
using TransposeLoop = void (*)(const void *in, int64_t in_stride, void *out, int64_t out_stride, int64_t rows,
                               int64_t columns, bool streams);
// Results of so many bytes are larger than the caches have use for, and are written past them: together with what they
// are computed from they fill a last-level cache of usual size. (An addition gains from 2 MiB on, but then the next
// operation finds nothing in the cache.)
constexpr int64_t streamed_bytes = int64_t{8} << 20;

struct ElementwiseKernels {
    UnaryLoop unary[unary_count][dtype_count];
    BinaryLoop binary[binary_count][dtype_count];
    WhereLoop where[4];  // by log2 of the item size
    // The same past the caches, as `stream` below; null where a block between does as well.
    UnaryLoop streamed_unary[unary_count][dtype_count];
    BinaryLoop streamed_binary[binary_count][dtype_count];
    WhereLoop streamed_where[4];
    ClipLoop clip[dtype_count];
    CastLoop cast[dtype_count][dtype_count];
    GatherLoop gather[4];
    StreamedGatherLoop streamed_gather[4];  // for strides of -2 and 2 to 4; null where `gather` and `stream` do as well
    ScatterLoop scatter[4];
    FillLoop fill[4];
    FillMaskedLoop fill_masked[4];
    StreamLoop stream;
    void (*finish_streams)();
    WithinLoop are_within;
    PlaceLoop place;
    void (*copy_rows)(const RowCopies &copies);
    AddRowsLoop add_rows[dtype_count];
    TransposeLoop transpose[4];
};

// Reductions over a contiguous row, in the accumulator's dtype. `fold` combines n >= 1 elements into *out (sums in a
// fixed tree of partial sums, so the error grows with log n). `accumulate` folds rows, which lie `stride` elements
// apart, into n accumulators side by side.
using FoldLoop = void (*)(const void *in, int64_t n, void *out);
// The same of every row of n elements; the rows begin `stride` elements apart.
using FoldRowsLoop = void (*)(const void *in, int64_t stride, int64_t n, int64_t rows, void *out);
using AccumulateLoop = void (*)(void *accumulators, const void *in, int64_t stride, int64_t rows, int64_t n);
// Index of the first largest (smallest) element, and the element; a NaN counts as the largest (smallest).
using ArgLoop = void (*)(const void *in, int64_t n, int64_t *index, void *value);
// The index of every row of at most `most_arg_row` elements; the rows begin `stride` elements apart.
constexpr int64_t most_arg_row = 128;
using ArgRowsLoop = void (*)(const void *in, int64_t stride, int64_t n, int64_t rows, int64_t *indices);
// Side by side: where in[r * stride + i] beats values[i], store it and first + r in indices[i].
using ArgAccumulateLoop = void (*)(void *values, int64_t *indices, const void *in, int64_t stride, int64_t first,
                                   int64_t rows, int64_t n);

// How many of n elements have some of the bits of `mask`.
using CountLoop = int64_t (*)(const void *in, uint64_t mask, int64_t n);
// Their positions, counted from `first`, to `out`, which has room for n + 8; returns how many they are.
using PositionsLoop = int64_t (*)(const void *in, uint64_t mask, int64_t n, int64_t first, int64_t *out);
// The sum of the squares of the distances of n >= 1 floats from a centre, in float64.
using SumSquaresLoop = void (*)(const void *in, double centre, int64_t n, double *out);

// Running sums: out[i] = *carry + in[0] + ... + in[i]; *carry becomes the last of them.
using ScanLoop = void (*)(const void *in, void *carry, void *out, int64_t n);

struct ReduceKernels {
    FoldLoop fold[reduce_count][dtype_count];
    FoldRowsLoop fold_rows[reduce_count][dtype_count];
    AccumulateLoop accumulate[reduce_count][dtype_count];
    ArgLoop argmax[dtype_count], argmin[dtype_count];
    ArgRowsLoop argmax_rows[dtype_count], argmin_rows[dtype_count];  // null for narrow dtypes or vectors
    ArgAccumulateLoop argmax_accumulate[dtype_count], argmin_accumulate[dtype_count];
    CountLoop count[4];  // by log2 of the item size
    PositionsLoop positions[4];
    SumSquaresLoop sum_squares_f32, sum_squares_f64;
    void (*sum_widened)(const void *in, int64_t n, double *out);  // of float32, in float64
    ScanLoop running_sum[dtype_count];
};

// C becomes activation(C + bias): a bias for each column, or null.
template <class T> struct Epilogue {
    const T *bias;
    Activation activation;
};

// C = A B (row-major C with leading stride c_row). A and B are read through any row and column strides, so transposed
// operands are not copied. Strides in elements; a C of one column has a c_row of 1.
template <class T> struct GemmArgs {
    int64_t m, n, k;
    const T *a;
    int64_t a_row, a_col;
    const T *b;
    int64_t b_row, b_col;
    T *c;
    int64_t c_row;
    const Epilogue<T> *epilogue = nullptr;
};

// C = A B of integers, which wrap around; C is contiguous, and so are the rows of B.
struct IntegerGemmArgs {
    int64_t m, n, k;
    const void *a;
    int64_t a_row, a_col;
    const void *b;
    int64_t b_row;
    void *c;
};

struct GemmKernels {
    // `scratch` holds gemm_scratch(m, n, k) bytes, 64-byte aligned; `run` spreads the tiles over threads (or runs them
    // in turn). Results do not depend on how many threads there are.
    void (*gemm_f32)(const GemmArgs<float> &args, void *scratch, ParallelFor run);
    void (*gemm_f64)(const GemmArgs<double> &args, void *scratch, ParallelFor run);
    int64_t (*gemm_f32_scratch)(int64_t m, int64_t n, int64_t k);
    int64_t (*gemm_f64_scratch)(int64_t m, int64_t n, int64_t k);
    // C = A B, or with `add` C += A B, for other kernels' tiles: of matrices that stay in cache, on this thread,
    // without packing. The rows of B are contiguous, and whole vectors of them are read.
    void (*gemm_f32_in_cache)(const GemmArgs<float> &args, bool add);
    void (*gemm_f64_in_cache)(const GemmArgs<double> &args, bool add);
    // *out = the sum of n products of elements side by side.
    void (*dot_f32)(const float *a, const float *b, int64_t n, float *out);
    void (*dot_f64)(const double *a, const double *b, int64_t n, double *out);
    void (*gemm_integers[4])(const IntegerGemmArgs &args);  // by log2 of the item size, on this thread
};

// Random numbers number `first` .. `first + n` of the stream (key, stream); counter-based, so any part can be drawn by
// itself. See scalar/philox.h.
struct RandomKernels {
    void (*bits_u32)(uint64_t key, uint64_t stream, int64_t first, uint32_t *out, int64_t n);
    void (*bits_u64)(uint64_t key, uint64_t stream, int64_t first, uint64_t *out, int64_t n);
    void (*uniform_f32)(uint64_t key, uint64_t stream, int64_t first, float low, float high, float *out, int64_t n);
    void (*uniform_f64)(uint64_t key, uint64_t stream, int64_t first, double low, double high, double *out, int64_t n);
    void (*normal_f32)(uint64_t key, uint64_t stream, int64_t first, float mean, float std, float *out, int64_t n);
    void (*normal_f64)(uint64_t key, uint64_t stream, int64_t first, double mean, double std, double *out, int64_t n);
};

// X(table, type) for each family of kernels: `table`_v3 and so on are the tables that cpu/kernels/ exports. A family
// that few files need declares its table in a header of its own.
#define NEEDLE_KERNEL_FAMILIES(X)                                                                                      \
    X(activations, ActivationKernels)                                                                                  \
    X(attention, AttentionKernels)                                                                                     \
    X(convolution, ConvolutionKernels)                                                                                 \
    X(elementwise, ElementwiseKernels)                                                                                 \
    X(recurrent, RecurrentKernels)                                                                                     \
    X(reduce, ReduceKernels)                                                                                           \
    X(gemm, GemmKernels)                                                                                               \
    X(normalization, NormalizationKernels)                                                                             \
    X(optimizers, OptimizerKernels)                                                                                    \
    X(pooling, PoolingKernels)                                                                                         \
    X(random, RandomKernels)                                                                                           \
    X(search, SearchKernels)                                                                                           \
    X(softmax, SoftmaxKernels)                                                                                         \
    X(sort, SortKernels)

#define X(table, type) struct type;
NEEDLE_KERNEL_FAMILIES(X)
#undef X

struct Kernels {
    const char *isa;  // "x86-64-v4", "x86-64-v3", "x86-64-v2", "baseline"
#define X(table, type) const type *table;
    NEEDLE_KERNEL_FAMILIES(X)
#undef X
};

// The best table that this processor runs, or the one that the environment variable NEEDLE_ISA names (v2, v3, v4,
// baseline), chosen once.
const Kernels &kernels();

}  // namespace needle::cpu
