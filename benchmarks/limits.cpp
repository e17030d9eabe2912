// What this machine can do at the most, one figure a line: its name and its rate in FLOP/s or bytes/s.
// Usage: limits THREADS. Compiled for the machine it runs on; the best of several runs counts.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>
#include <thread>
#include <vector>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
constexpr int WIDTH = 64;
#elif defined(__AVX__)
constexpr int WIDTH = 32;
#else
constexpr int WIDTH = 16;
#endif
template <class T> struct VectorOf {
    typedef T type __attribute__((vector_size(WIDTH)));
};
using Vector = VectorOf<float>::type;

constexpr int CHAINS = 12;               // independent multiply-adds in flight: enough for two units of latency four
constexpr long STEPS = 10'000'000;       // about a twentieth of a second
constexpr size_t FLOATS = 1u << 25;      // 128 MiB an array: far more than any cache
constexpr size_t CACHED = 256 * 1024;    // bytes copied to as many others: beyond the first cache, within the second
constexpr size_t CACHED_TIMES = 10'000;  // about a twentieth of a second
constexpr int RUNS = 5;

volatile float sink;

template <class Body> double best_seconds(int threads, Body body) {
    double best = 1e30;
    for (int run = 0; run < RUNS; ++run) {
        auto start = std::chrono::steady_clock::now();
        std::vector<std::thread> workers;
        for (int i = 1; i < threads; ++i) workers.emplace_back(body, i);
        body(0);
        for (auto &worker : workers) worker.join();
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

template <class T> void multiply_add(T x) {
    using V = typename VectorOf<T>::type;
    V a = x - V{}, sums[CHAINS];
    for (int i = 0; i < CHAINS; ++i) sums[i] = T(i) - V{};
    for (long step = 0; step < STEPS; ++step)
#pragma GCC unroll 16
        for (int i = 0; i < CHAINS; ++i) sums[i] = sums[i] * a + a;
    for (int i = 1; i < CHAINS; ++i) sums[0] += sums[i];
    sink = float(sums[0][0]);
}

template <class T> double flops(int threads) {
    double seconds = best_seconds(threads, [](int) { multiply_add<T>(T(0.5)); });
    return 2.0 * CHAINS * (WIDTH / sizeof(T)) * STEPS * threads / seconds;
}

// out = b + 2 c past the caches, so that nothing is read in order to be overwritten.
void triad(float *out, const float *b, const float *c, size_t n) {
#ifdef __AVX512F__
    for (size_t i = 0; i < n; i += 16)
        _mm512_stream_ps(out + i, _mm512_fmadd_ps(_mm512_set1_ps(2), _mm512_load_ps(c + i), _mm512_load_ps(b + i)));
    _mm_sfence();
#elif defined(__SSE2__)
    for (size_t i = 0; i < n; i += 4)
        _mm_stream_ps(out + i, _mm_add_ps(_mm_load_ps(b + i), _mm_mul_ps(_mm_set1_ps(2), _mm_load_ps(c + i))));
    _mm_sfence();
#else
    for (size_t i = 0; i < n; ++i) out[i] = b[i] + 2 * c[i];
#endif
}

void read(const float *b, size_t n) {
    auto from = reinterpret_cast<const Vector *>(b);
    Vector sums[8] = {};
    for (size_t i = 0; i < n * sizeof(float) / WIDTH; i += 8)
#pragma GCC unroll 8
        for (int j = 0; j < 8; ++j) sums[j] += from[i + j];
    for (int j = 1; j < 8; ++j) sums[0] += sums[j];
    sink = sums[0][0];
}

void copy_cached() {
    auto array = [] { return static_cast<Vector *>(std::aligned_alloc(4096, CACHED)); };
    Vector *from = array(), *to = array();
    for (size_t i = 0; i < CACHED / WIDTH; ++i) from[i] = to[i] = Vector{};
    for (size_t time = 0; time < CACHED_TIMES; ++time) {
#pragma GCC unroll 8
        for (size_t i = 0; i < CACHED / WIDTH; ++i) to[i] = from[i];
        asm volatile("" ::: "memory");  // each copy has to be made
    }
    std::free(from), std::free(to);
}

// Large pages where the system has them: with small ones this would measure the page tables.
float *large_array() {
    auto array = static_cast<float *>(std::aligned_alloc(1 << 21, FLOATS * sizeof(float)));
#ifdef MADV_HUGEPAGE
    madvise(array, FLOATS * sizeof(float), MADV_HUGEPAGE);
#endif
    std::fill(array, array + FLOATS, 1.0f);
    return array;
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? std::max(1, atoi(argv[1])) : 1;
    std::printf("float32 %.6g\nfloat64 %.6g\n", flops<float>(threads), flops<double>(threads));

    float *out = large_array(), *b = large_array(), *c = large_array();
    size_t share = FLOATS / threads / 128 * 128;
    double bytes = double(sizeof(float)) * share * threads;
    double seconds = best_seconds(threads, [&](int i) { triad(out + i * share, b + i * share, c + i * share, share); });
    std::printf("triad %.6g\n", 3 * bytes / seconds);
    seconds = best_seconds(threads, [&](int i) { read(b + i * share, share); });
    std::printf("read %.6g\n", bytes / seconds);
    std::free(out), std::free(b), std::free(c);

    seconds = best_seconds(threads, [](int) { copy_cached(); });
    std::printf("cached %.6g\n", 2.0 * CACHED * CACHED_TIMES * threads / seconds);
}
