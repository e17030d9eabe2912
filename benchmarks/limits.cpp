// What this machine can do at the most: prints its multiply-add rate in FLOP/s and its memory bandwidth in bytes/s.
// Usage: limits THREADS. Compiled for the machine it runs on; the best of several runs counts.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
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
typedef float Vector __attribute__((vector_size(WIDTH)));

constexpr int CHAINS = 12;           // independent multiply-adds in flight: enough for two units of latency four
constexpr long STEPS = 20'000'000;   // about a tenth of a second
constexpr size_t FLOATS = 1u << 25;  // 128 MiB an array: far more than any cache
constexpr int RUNS = 5;

template <class Body> double best_seconds(int threads, Body body) {
    double best = 1e30;
    for (int run = 0; run < RUNS; ++run) {
        auto start = std::chrono::steady_clock::now();
        std::vector<std::thread> workers;
        for (int i = 0; i < threads; ++i) workers.emplace_back(body, i);
        for (auto &worker : workers) worker.join();
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

float multiply_add(float x) {
    Vector a = x - Vector{}, sums[CHAINS];
    for (int i = 0; i < CHAINS; ++i) sums[i] = float(i) - Vector{};
    for (long step = 0; step < STEPS; ++step)
#pragma GCC unroll 16
        for (int i = 0; i < CHAINS; ++i) sums[i] = sums[i] * a + a;
    for (int i = 1; i < CHAINS; ++i) sums[0] += sums[i];
    return sums[0][0];
}

// out = b + 2 c past the caches, so that nothing is read in order to be overwritten.
void triad(float *out, const float *b, const float *c, size_t n) {
#ifdef __SSE2__
    for (size_t i = 0; i < n; i += 4)
        _mm_stream_ps(out + i, _mm_add_ps(_mm_load_ps(b + i), _mm_mul_ps(_mm_set1_ps(2), _mm_load_ps(c + i))));
    _mm_sfence();
#else
    for (size_t i = 0; i < n; ++i) out[i] = b[i] + 2 * c[i];
#endif
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? std::max(1, atoi(argv[1])) : 1;
    volatile float sink = 0;
    double seconds = best_seconds(threads, [&](int) { sink = multiply_add(0.5f); });
    double flops = 2.0 * CHAINS * (WIDTH / sizeof(float)) * STEPS * threads / seconds;

    auto array = [] { return static_cast<float *>(std::aligned_alloc(64, FLOATS * sizeof(float))); };
    float *out = array(), *b = array(), *c = array();
    std::fill(out, out + FLOATS, 0.0f), std::fill(b, b + FLOATS, 1.0f), std::fill(c, c + FLOATS, 2.0f);
    size_t share = FLOATS / threads / 16 * 16;
    seconds = best_seconds(threads, [&](int i) { triad(out + i * share, b + i * share, c + i * share, share); });
    std::printf("%.6g %.6g\n", flops, 3.0 * sizeof(float) * share * threads / seconds);
    std::free(out), std::free(b), std::free(c);
}
