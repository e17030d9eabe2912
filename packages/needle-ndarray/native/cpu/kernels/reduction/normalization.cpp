// Layer normalization by rows, and the parts of batch normalization: statistics of a piece, and what is done with them.
#include "cpu/normalization.h"
#include "cpu/kernels.h"
#include "cpu/kernels/vectors/strips.h"

namespace needle::cpu {
namespace {

template <class T> NEEDLE_INLINE T sum_of(Vector<T> v) { return sum_of_lanes<T>(v)[0]; }

template <class T> NEEDLE_INLINE T mean_of(const T *x, int64_t n) {
    return sum_of<T>(sum_vectors<T>(n, [&](int64_t i, auto part) { return part.load(x + i, T(0)); })) / T(n);
}
// The sum of the squared distances from the mean. The next row is likely to follow in memory, and is fetched here,
// where nothing is written: beside the results, which memory has to bring first as well, it would take a third more
// time.
template <class T> NEEDLE_INLINE T squares_of(const T *x, T mean, int64_t n) {
    return sum_of<T>(sum_vectors<T>(n, [&](int64_t i, auto part) {
        __builtin_prefetch(x + n + i);
        const Vector<T> distance = part.load(x + i, mean) - mean;
        return distance * distance;
    }));
}

template <class T>
void layer_norm(const void *x_, const void *weight_, const void *bias_, double eps, void *y_, void *mean_,
                void *inverse_std_, int64_t n, bool streams) {
    auto x = static_cast<const T *>(x_), weight = static_cast<const T *>(weight_), bias = static_cast<const T *>(bias_);
    auto y = static_cast<T *>(y_);
    const T mean = mean_of(x, n);
    const T inverse_std = T(1 / __builtin_sqrt(double(squares_of(x, mean, n)) / double(n) + eps));
    *static_cast<T *>(mean_) = mean;
    *static_cast<T *>(inverse_std_) = inverse_std;
    for_each_result<T>(n, y, streams, [&](int64_t i, auto part) {
        const Vector<T> normal = (part.load(x + i, T(0)) - mean) * inverse_std;
        part.store(y + i, normal * part.load(weight + i, T(0)) + part.load(bias + i, T(0)));
    });
}

// The gradients of some neighbouring rows, which share what is read and written of weight, dweight and dbias. As many
// rows are likely to follow in memory: half of them is fetched in each of the two loops, so that memory is never idle.
template <class T, int count>
NEEDLE_INLINE void grad_of_rows(const T *grad, const T *x, const T *weight, const T *mean_, const T *inverse_std_,
                                T *dx, T *dweight, T *dbias, int64_t n, bool streams) {
    T mean[count], inverse_std[count], mean_scaled[count], mean_product[count];
    for (int row = 0; row < count; ++row) mean[row] = mean_[row], inverse_std[row] = inverse_std_[row];
    auto normal = [&](int row, int64_t i, auto part) {
        return (part.load(x + row * n + i, mean[row]) - mean[row]) * inverse_std[row];
    };
    using Sums = Several<T, 2 * count>;
    const Sums sums = sum_vectors<T, Sums, 2>(n, [&](int64_t i, auto part) {
        const Vector<T> weights = part.load(weight + i, T(0));
        Vector<T> products = part.load(dweight + i, T(0)), grads = part.load(dbias + i, T(0));
        Sums terms;
        for (int row = 0; row < count; ++row) {
            __builtin_prefetch(grad + (count + row) * n + i);
            const Vector<T> g = part.load(grad + row * n + i, T(0)), product = g * normal(row, i, part);
            products += product;
            grads += g;
            terms.of[2 * row] = g * weights;
            terms.of[2 * row + 1] = product * weights;
        }
        part.store(dweight + i, products);
        part.store(dbias + i, grads);
        return terms;
    });
    for (int row = 0; row < count; ++row) {
        mean_scaled[row] = sum_of<T>(sums.of[2 * row]) / T(n);
        mean_product[row] = sum_of<T>(sums.of[2 * row + 1]) / T(n);
    }
    for_each_result<T>(n, dx, streams && (count == 1 || n % lanes<T> == 0), [&](int64_t i, auto part) {
        const Vector<T> weights = part.load(weight + i, T(0));
        for (int row = 0; row < count; ++row) {
            __builtin_prefetch(x + (count + row) * n + i);
            const Vector<T> rest = part.load(grad + row * n + i, T(0)) * weights - mean_scaled[row] -
                                   normal(row, i, part) * mean_product[row];
            part.store(dx + row * n + i, rest * inverse_std[row]);
        }
    });
}

template <class T>
void layer_norm_grad(const void *grad_, const void *x_, const void *weight_, const void *mean_,
                     const void *inverse_std_, void *dx_, void *dweight_, void *dbias_, int64_t rows, int64_t n,
                     bool streams) {
    auto grad = static_cast<const T *>(grad_), x = static_cast<const T *>(x_), weight = static_cast<const T *>(weight_),
         mean = static_cast<const T *>(mean_), inverse_std = static_cast<const T *>(inverse_std_);
    auto dx = static_cast<T *>(dx_), dweight = static_cast<T *>(dweight_), dbias = static_cast<T *>(dbias_);
    int64_t row = 0;
    for (; row + 2 <= rows; row += 2)
        grad_of_rows<T, 2>(grad + row * n, x + row * n, weight, mean + row, inverse_std + row, dx + row * n, dweight,
                           dbias, n, streams);
    if (row < rows)
        grad_of_rows<T, 1>(grad + row * n, x + row * n, weight, mean + row, inverse_std + row, dx + row * n, dweight,
                           dbias, n, streams);
}

// ---- Batch normalization

// f(first run, runs, first element, elements) for blocks of a channel that stay in the first-level cache.
template <class F> NEEDLE_INLINE void for_each_block(int64_t runs, int64_t n, F f) {
    constexpr int64_t most = 4096;
    const int64_t together = n < most ? most / (n > 0 ? n : 1) : 1;
    for (int64_t run = 0; run < runs; run += together)
        for (int64_t i = 0; i < n; i += most)
            f(run, runs - run < together ? runs - run : together, i, n - i < most ? n - i : most);
}

// The sum of f(run, i, part) over a block, lane by lane.
template <class T, class Sum = Vector<T>, class F> NEEDLE_INLINE Sum sum_block(int64_t runs, int64_t n, F f) {
    Sum total{};
    for (int64_t run = 0; run < runs; ++run)
        total += sum_vectors<T, Sum>(n, [&](int64_t i, auto part) { return f(run, i, part); });
    return total;
}

template <class T> Moments moments(const void *x_, int64_t stride, int64_t runs, int64_t n) {
    auto x = static_cast<const T *>(x_);
    Moments all;
    for_each_block(runs, n, [&](int64_t first, int64_t count, int64_t start, int64_t width) {
        const T *block = x + first * stride + start, *next = x + n;  // the next channel is likely to follow in memory
        if (start + width < n) next = block + width;
        else if (first + count < runs) next = x + (first + count) * stride;
        const T elements = T(count * width);
        const T mean = sum_of<T>(sum_block<T>(count, width,
                                              [&](int64_t run, int64_t i, auto part) {
                                                  return part.load(block + run * stride + i, T(0));
                                              })) /
                       elements;
        // What the mean lacks of digits the sum of the distances from it makes up for.
        using Sums = Several<T, 2>;
        const Sums sums = sum_block<T, Sums>(count, width, [&](int64_t run, int64_t i, auto part) -> Sums {
            __builtin_prefetch(next + run * stride + i);
            const Vector<T> distance = part.load(block + run * stride + i, mean) - mean;
            return {distance, distance * distance};
        });
        const double rest = double(sum_of<T>(sums.of[0])) / double(elements);
        all.add(
            {double(elements), double(mean) + rest, double(sum_of<T>(sums.of[1])) - rest * rest * double(elements)});
    });
    return all;
}

// The start of a run.
template <class T> NEEDLE_INLINE T *run_of(const Runs &runs, int64_t run, int64_t channel) {
    return reinterpret_cast<T *>(runs.at) + run * runs.stride + channel * runs.channel_stride;
}

template <class T>
void grad_sums(const Runs &grad, const Runs &x, const void *mean_, int64_t channels, int64_t runs, int64_t n,
               GradSums *out) {
    auto means = static_cast<const T *>(mean_);
    using Sums = Several<T, 2>;
    for_each_block(runs, n, [&](int64_t first, int64_t count, int64_t start, int64_t width) {
        auto sum_run = [&](int64_t run, int64_t c) {
            const T *above = run_of<T>(grad, run, c) + start, *from = run_of<T>(x, run, c) + start;
            const T mean = means[c];
            return sum_vectors<T, Sums>(width, [&](int64_t i, auto part) -> Sums {
                const Vector<T> g = part.load(above + i, T(0));
                return {g, g * (part.load(from + i, mean) - mean)};
            });
        };
        Sums sums[most_channels];
        if (channels == 1) {  // in registers: planes that come from memory took up to a tenth more time otherwise
            Sums total{};
            for (int64_t run = first; run < first + count; ++run) total += sum_run(run, 0);
            sums[0] = total;
        } else {
            for (int64_t c = 0; c < channels; ++c) sums[c] = {};
            for (int64_t run = first; run < first + count; ++run)
                for (int64_t c = 0; c < channels; ++c) sums[c] += sum_run(run, c);
        }
        for (int64_t c = 0; c < channels; ++c)
            out[c].add({double(sum_of<T>(sums[c].of[0])), double(sum_of<T>(sums[c].of[1]))});
    });
}

// Vectors of neighbouring columns, read and summed together: with two sums in two chains they leave registers free.
constexpr int columns_together = vector_registers / 8;

template <class T, int count, class P> struct Columns : Strip<T, count, P> {
    using Values = Several<T, count>;

    static void prefetch(const T *from) {
        for (int k = 0; k < count; ++k) __builtin_prefetch(from + k * lanes<T>);
    }
    // f(column, its number) for every column that there is.
    template <class F> void for_each_of(const Values &values, int64_t rest, F f) const {
        for (int k = 0; k < count; ++k)
            for (int lane = 0; lane < lanes<T> && k * lanes<T> + lane < rest; ++lane)
                f(k * lanes<T> + lane, double(values.of[k][lane]));
    }
};

// f(i, columns) for the columns from i on.
template <class T, class F> NEEDLE_INLINE void for_each_columns(int64_t n, F f) {
    constexpr int64_t width = columns_together * lanes<T>;
    int64_t i = 0;
    for (; i + width <= n; i += width) f(i, Columns<T, columns_together, Whole>{{}});
    for_each_vector<T>(n - i, [&](int64_t j, auto part) { f(i + j, Columns<T, 1, decltype(part)>{{part}}); });
}

// The sum over rows of f(row), lane by lane: in two chains, those of each block added up before they are added to the
// rest.
template <class Sum, class F> NEEDLE_INLINE Sum sum_rows(int64_t rows, F f) {
    constexpr int64_t block = 32;
    Sum total{};
    for (int64_t row = 0; row < rows;) {
        Sum sums[2] = {};
        const int64_t end = row + block < rows ? row + block : rows;
        for (; row + 2 <= end; row += 2) {
            sums[0] += f(row);
            sums[1] += f(row + 1);
        }
        if (row < end) sums[0] += f(row++);
        total += sums[0] + sums[1];
    }
    return total;
}

// Blocks of rows whose columns stay in the first-level cache between the two sums; the next block is fetched meanwhile.
// Sums are those of distances from the first row, so that blocks with means of many digits can be combined.
template <class T> void column_moments(const void *x_, int64_t rows, int64_t stride, int64_t n, Moments *out) {
    constexpr int64_t most_rows = 64;
    auto x = static_cast<const T *>(x_);
    for_each_columns<T>(n, [&](int64_t i, auto columns) {
        using Values = typename decltype(columns)::Values;
        const Values origin = columns.load(x + i);
        Values mean{}, squares{};
        for (int64_t row = 0; row < rows; row += most_rows) {
            const int64_t count = rows - row < most_rows ? rows - row : most_rows;
            const T *block = x + row * stride + i;
            auto value = [&](int64_t r) { return columns.load(block + r * stride) - origin; };
            const Values block_mean = sum_rows<Values>(count, value) / T(count), distance = block_mean - mean;
            squares += sum_rows<Values>(count, [&](int64_t r) {
                columns.prefetch(block + (count + r) * stride);
                const Values d = value(r) - block_mean;
                return d * d;
            });
            const T share = T(count) / T(row + count);
            mean += distance * share;
            squares += distance * (T(row) * share) * distance;  // 0 for the first block, however large
        }
        columns.for_each_of(origin, n - i, [&](int c, double value) { out[i + c].mean = value; });
        columns.for_each_of(mean, n - i, [&](int c, double value) { out[i + c].mean += value; });
        columns.for_each_of(squares, n - i, [&](int c, double value) { out[i + c].squares = value; });
    });
    for (int64_t i = 0; i < n; ++i) out[i].count = double(rows);
}

template <class T>
void column_grad_sums(const void *grad_, int64_t grad_stride, const void *x_, int64_t stride, const void *mean_,
                      int64_t rows, int64_t n, GradSums *out) {
    auto grad = static_cast<const T *>(grad_), x = static_cast<const T *>(x_), means = static_cast<const T *>(mean_);
    for_each_columns<T>(n, [&](int64_t i, auto columns) {
        using Values = typename decltype(columns)::Values;
        struct Sums {
            Values grad, product;
            Sums &operator+=(const Sums &other) {
                grad += other.grad;
                product += other.product;
                return *this;
            }
            Sums operator+(const Sums &other) const { return Sums(*this) += other; }
        };
        const Values mean = columns.load(means + i);
        const Sums sums = sum_rows<Sums>(rows, [&](int64_t row) -> Sums {
            const Values g = columns.load(grad + row * grad_stride + i);
            return {g, g * (columns.load(x + row * stride + i) - mean)};
        });
        columns.for_each_of(sums.grad, n - i, [&](int c, double value) { out[i + c].grad = value; });
        columns.for_each_of(sums.product, n - i, [&](int c, double value) { out[i + c].product = value; });
    });
}

// Numbers of a channel: one for all elements, or one for each; and how many rows are to share what is read of them.
template <class T> struct OfOneChannel {
    static constexpr int together = 1;
    T value;
    explicit OfOneChannel(const void *at) : value(*static_cast<const T *>(at)) {}
    template <class P> Vector<T> load(int64_t, P) const { return Vector<T>{} + value; }
};
template <class T> struct OfManyChannels {
    static constexpr int together = 4;
    const T *values;
    explicit OfManyChannels(const void *at) : values(static_cast<const T *>(at)) {}
    template <class P> Vector<T> load(int64_t i, P part) const { return part.load(values + i, T(0)); }
};

template <int n> struct Count {
    static constexpr int value = n;
};
// f(first row, Count) for groups of rows, and for the last ones alone.
template <int together, class F> NEEDLE_INLINE void for_each_group(int64_t rows, F f) {
    int64_t row = 0;
    for (; row + together <= rows; row += together) f(row, Count<together>{});
    if constexpr (together > 1)
        for (; row < rows; ++row) f(row, Count<1>{});
}

template <class T, class Numbers>
NEEDLE_INLINE void apply_with(const T *x, int64_t stride, Numbers mean, Numbers scale, Numbers shift, T *y,
                              int64_t y_stride, int64_t rows, int64_t n, bool streams) {
    streams = streams && (Numbers::together == 1 || y_stride % lanes<T> == 0);
    for_each_group<Numbers::together>(rows, [&](int64_t first, auto count) {
        const T *from = x + first * stride;
        T *to = y + first * y_stride;
        for_each_result<T>(n, to, streams, [&](int64_t i, auto part) {
            const Vector<T> m = mean.load(i, part), a = scale.load(i, part), b = shift.load(i, part);
            for (int row = 0; row < count.value; ++row)
                part.store(to + row * y_stride + i, (part.load(from + row * stride + i, T(0)) - m) * a + b);
        });
    });
}
template <class T>
void apply(const void *x_, int64_t stride, const void *mean, const void *scale, const void *shift, int64_t step,
           void *y_, int64_t y_stride, int64_t rows, int64_t n, bool streams) {
    auto x = static_cast<const T *>(x_);
    auto y = static_cast<T *>(y_);
    auto with = [&](auto means) {
        using Numbers = decltype(means);
        apply_with<T, Numbers>(x, stride, means, Numbers(scale), Numbers(shift), y, y_stride, rows, n, streams);
    };
    if (step == 0) with(OfOneChannel<T>(mean));
    else with(OfManyChannels<T>(mean));
}

template <class T, class Numbers>
NEEDLE_INLINE void apply_grad_with(const T *grad, int64_t grad_stride, const T *x, int64_t stride, Numbers mean,
                                   Numbers a, Numbers b, Numbers scale, T *dx, int64_t dx_stride, int64_t rows,
                                   int64_t n, bool streams) {
    streams = streams && (Numbers::together == 1 || dx_stride % lanes<T> == 0);
    for_each_group<Numbers::together>(rows, [&](int64_t first, auto count) {
        const T *above = grad + first * grad_stride, *from = x + first * stride;
        T *to = dx + first * dx_stride;
        for_each_result<T>(n, to, streams, [&](int64_t i, auto part) {
            const Vector<T> m = mean.load(i, part), as = a.load(i, part), bs = b.load(i, part),
                            factor = scale.load(i, part);
            for (int row = 0; row < count.value; ++row) {
                const Vector<T> distance = part.load(from + row * stride + i, T(0)) - m;
                const Vector<T> rest = part.load(above + row * grad_stride + i, T(0)) - as - distance * bs;
                part.store(to + row * dx_stride + i, rest * factor);
            }
        });
    });
}
template <class T>
void apply_grad(const void *grad, int64_t grad_stride, const void *x, int64_t stride, const void *mean, const void *a,
                const void *b, const void *scale, void *dx, int64_t dx_stride, int64_t rows, int64_t n, bool streams) {
    using Numbers = OfManyChannels<T>;
    apply_grad_with<T>(static_cast<const T *>(grad), grad_stride, static_cast<const T *>(x), stride, Numbers(mean),
                       Numbers(a), Numbers(b), Numbers(scale), static_cast<T *>(dx), dx_stride, rows, n, streams);
}
template <class T>
void apply_grad_to_runs(const Runs &grad, const Runs &x, const void *mean_, const void *a_, const void *b_,
                        const void *scale_, const Runs &dx, int64_t channels, int64_t runs, int64_t n, bool streams) {
    auto mean = static_cast<const T *>(mean_), a = static_cast<const T *>(a_), b = static_cast<const T *>(b_),
         scale = static_cast<const T *>(scale_);
    using Number = OfOneChannel<T>;
    for (int64_t run = 0; run < runs; ++run)
        for (int64_t c = 0; c < channels; ++c)
            apply_grad_with<T>(run_of<T>(grad, run, c), 0, run_of<T>(x, run, c), 0, Number(mean + c), Number(a + c),
                               Number(b + c), Number(scale + c), run_of<T>(dx, run, c), 0, 1, n, streams);
}

template <class T>
constexpr NormalizationLoops loops_of = {layer_norm<T>,         layer_norm_grad<T>, moments<T>,          grad_sums<T>,
                                         apply_grad_to_runs<T>, column_moments<T>,  column_grad_sums<T>, apply<T>,
                                         apply_grad<T>};

}  // namespace

extern const NormalizationKernels NEEDLE_CAT(normalization_, NEEDLE_ISA);
const NormalizationKernels NEEDLE_CAT(normalization_, NEEDLE_ISA) = {{loops_of<float>, loops_of<double>}};

}  // namespace needle::cpu
