// C = A B for float32 and float64, after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication"
// (2008), and the BLIS papers: blocks of A and B are packed so that they stay in the second-level cache and are read
// in order, and a tile of C stays in registers. Small operands are read in place.
//
// How the product is cut depends on sizes and strides only, and each element of C is summed by one task in one order:
// the result is the same to the bit for every number of threads.
#include "cpu/kernels.h"
#include "cpu/kernels/gemm/epilogue.h"
#include "cpu/kernels/gemm/gemv.h"
#include "cpu/kernels/gemm/integers.h"
#include "cpu/kernels/gemm/pack.h"
#include "cpu/kernels/gemm/small.h"
#include "cpu/kernels/gemm/tile.h"
#include "cpu/kernels/vectors/sizes.h"

namespace needle::cpu {
namespace {

// Steps of the summed axis that are packed at a time.
template <class T> constexpr int64_t depth_block = sizeof(T) == 4 ? 512 : 384;
// Panels of A in a task: some 384 KiB, so that they and the passing panels of B share the second-level cache.
template <class T>
constexpr int64_t panels_block = 384 * 1024 / (packed_tile.rows * depth_block<T> * static_cast<int64_t>(sizeof(T)));
constexpr int64_t blocks_pass = 16;     // tasks of rows for which A is packed at a time
constexpr int64_t columns_pass = 2048;  // columns for which B is packed at a time
// Columns in a task: a few panels, so that threads finish together, or more where that makes this many tasks.
constexpr int64_t least_columns = 64, most_columns = 512, enough_tasks = 64;
constexpr double small_work = 128 * 128 * 128;  // products, up to which A and B are read in place
constexpr int64_t direct_task = 32 * 64 * 64;   // products in a task where A is read in place
constexpr int64_t narrow = 64;                  // columns, up to which A is read in place
constexpr int max_panels = 8;                   // panels that are packed together at most
constexpr int64_t pack_tasks = 8;               // of A or B at least, if there are so many panels

// 0 to n cut into parts that are as equal as can be, the longer ones first.
class Parts {
  public:
    Parts() = default;
    Parts(int64_t n, int64_t count)
        : count(count), size_(count == 1 ? n : n / count), longer_(count == 1 ? 0 : n % count) {}
    int64_t begin(int64_t i) const { return i * size_ + min(i, longer_); }
    int64_t end(int64_t i) const { return begin(i + 1); }
    int64_t length(int64_t i) const { return size_ + (i < longer_); }

    int64_t count;

  private:
    int64_t size_, longer_;
};

// One product. The loops, from the outermost: columns of B by columns_pass, the summed axis by depth_block, rows of A
// by passes; what is left is packed (by tasks), then multiplied (by tasks).
template <class T> class Gemm {
  public:
    static constexpr int W = lanes<T>;

    Gemm(const GemmArgs<T> &args, void *scratch, ParallelFor run)
        : g(args), run(run), packs_a(pays_to_pack(g.m, g.n, g.k)), most_vectors(widest(packs_a)),
          packs_b(packs_a || g.b_col != 1 || (g.n < most_vectors * W && g.n % W != 0)),
          packed_b(static_cast<T *>(scratch)), packed_a(packed_b + room_for_b(g.n, g.k)) {}

    static int64_t scratch_bytes(int64_t m, int64_t n, int64_t k) {
        if (is_small(m, n, k)) return 0;
        if (m <= 1 || n <= 1) return GemvPlan<T>::scratch_elements(m * n, k) * static_cast<int64_t>(sizeof(T));
        const int64_t elements = room_for_b(n, k) + (pays_to_pack(m, n, k) ? room_for_a(m, k) : 0);
        return elements * static_cast<int64_t>(sizeof(T));
    }

    void multiply_all() {
        const Parts depths(g.k, ceil_div(g.k, depth_block<T>));
        const Parts passes(g.m, packs_a ? ceil_div(g.m, blocks_pass * panels_block<T> * packed_tile.rows) : 1);
        for (column0 = 0; column0 < g.n; column0 += columns_pass) {
            columns = min(columns_pass, g.n - column0);
            const int64_t vectors = ceil_div(columns, W);
            panels_b = Parts(vectors, ceil_div(vectors, most_vectors));
            const int rows = tile_rows(packs_a, static_cast<int>(panels_b.length(0)));
            for (int64_t d = 0; d < depths.count; ++d) {
                depth0 = depths.begin(d), depth = depths.length(d);
                for (int64_t pass = 0; pass < passes.count; ++pass) {
                    row0 = passes.begin(pass);
                    panels_a = Parts(passes.length(pass), ceil_div(passes.length(pass), rows));
                    if (packs_a || packs_b) pack_operands(packs_b && pass == 0);
                    multiply_tiles();
                }
            }
        }
    }

  private:
    // A C of few rows or columns does not use a packed element often enough to pay for its packing.
    static bool pays_to_pack(int64_t m, int64_t n, int64_t k) {
        const double work = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
        return work > small_work && m > 2 * direct_tile.rows && n > narrow;
    }
    static int widest(bool packs_a) { return (packs_a ? packed_tile : direct_tile).vectors; }
    static int64_t room_for_b(int64_t n, int64_t k) {
        return ceil_div(min(n, columns_pass), W) * W * min(k, depth_block<T>);
    }
    static int64_t room_for_a(int64_t m, int64_t k) {
        const int64_t panels = min(ceil_div(m, packed_tile.rows), blocks_pass * panels_block<T>) + 1;
        return panels * (packed_tile.rows * min(k, depth_block<T>) + W);
    }

    // Panel i of A has rows panels_a.begin(i) to end(i) of this pass, panel j of B vectors panels_b.begin(j) to end(j):
    // all nearly equal, so that none is a sliver.
    int64_t first_column(int64_t panel) const { return panels_b.begin(panel) * W; }
    int64_t width_of(int64_t panel) const { return min(panels_b.length(panel) * W, columns - first_column(panel)); }
    T *panel_of_a(int64_t panel) const { return packed_a + panels_a.begin(panel) * depth + panel * W; }
    T *panel_of_b(int64_t panel) const { return packed_b + first_column(panel) * depth; }

    template <void (Gemm::*method)(int64_t) const> void run_tasks(int64_t count) {
        run(count, [](void *self, int64_t task) { (static_cast<const Gemm *>(self)->*method)(task); }, this);
    }

    // Both at a time, so that threads wait for each other only once.
    void pack_operands(bool with_b) {
        b_tasks = with_b ? ceil_div(panels_b.count, together(panels_b)) : 0;
        run_tasks<&Gemm::pack_task>(b_tasks + (packs_a ? ceil_div(panels_a.count, together(panels_a)) : 0));
    }
    static int64_t together(const Parts &panels) { return clamp(panels.count / pack_tasks, 1, max_panels); }
    void pack_task(int64_t task) const { task < b_tasks ? pack_b_task(task) : pack_a_task(task - b_tasks); }

    void pack_a_task(int64_t task) const {
        const int64_t first = task * together(panels_a), last = min(first + together(panels_a), panels_a.count);
        Panel<T> panels[max_panels];
        for (int64_t i = first; i < last; ++i)
            panels[i - first] = {panels_a.begin(i), panels_a.length(i), panels_a.length(i), panel_of_a(i)};
        pack(Source<T>{g.a + row0 * g.a_row + depth0 * g.a_col, g.a_row, g.a_col, depth}, panels,
             static_cast<int>(last - first));
    }

    void pack_b_task(int64_t task) const {
        const int64_t first = task * together(panels_b), last = min(first + together(panels_b), panels_b.count);
        Panel<T> panels[max_panels];
        for (int64_t j = first; j < last; ++j)
            panels[j - first] = {first_column(j), width_of(j), panels_b.length(j) * W, panel_of_b(j)};
        pack(Source<T>{g.b + column0 * g.b_col + depth0 * g.b_row, g.b_col, g.b_row, depth}, panels,
             static_cast<int>(last - first));
    }

    void multiply_tiles() {
        if (packs_a) {
            blocks_a = Parts(panels_a.count, ceil_div(panels_a.count, panels_block<T>));
            blocks_b = Parts(panels_b.count, clamp(ceil_div(enough_tasks, blocks_a.count),
                                                   ceil_div(columns, most_columns), ceil_div(columns, least_columns)));
        } else {
            const int64_t work = panels_a.length(0) * columns * depth;  // of one panel of A
            blocks_a = Parts(panels_a.count, ceil_div(panels_a.count, ceil_div(direct_task, work)));
            blocks_b = Parts(panels_b.count, min(ceil_div(work, direct_task), panels_b.count));
        }
        run_tasks<&Gemm::tile_task>(blocks_a.count * blocks_b.count);
    }

    void tile_task(int64_t task) const {
        const int64_t block_i = task / blocks_b.count, block_j = task % blocks_b.count;
        const bool finishes = g.epilogue && depth0 + depth == g.k;
        const int64_t first_i = blocks_a.begin(block_i), last_i = blocks_a.end(block_i);
        for (int64_t j = blocks_b.begin(block_j); j < blocks_b.end(block_j); ++j) {
            const int64_t width = width_of(j);
            const int vectors = static_cast<int>(panels_b.length(j));
            // Where B is read in place, its last tile reaches back over columns that another tile stores.
            const int64_t back = packs_b ? 0 : vectors * W - width;
            const int64_t column = column0 + first_column(j) - back;
            Tile<T> t;
            t.depth = depth;
            t.a_row = g.a_row, t.a_step = g.a_col;
            t.b = packs_b ? panel_of_b(j) : g.b + depth0 * g.b_row + column;
            t.b_step = packs_b ? vectors * W : g.b_row;
            t.c_row = g.c_row;
            t.skip = back, t.columns = width + back;
            t.add = depth0 > 0;
            t.ahead = panel_of_b(j + 1);
            for (int64_t i = first_i; i < last_i; ++i) {
                const int64_t row = panels_a.begin(i);
                const int height = static_cast<int>(panels_a.length(i));
                t.c = g.c + (row0 + row) * g.c_row + column;
                if (packs_a) {
                    t.a = panel_of_a(i);
                    multiply<T, true>(height, vectors, t);
                    t.ahead += elements_ahead<T>(depth);
                } else {
                    t.a = g.a + (row0 + row) * g.a_row + depth0 * g.a_col;
                    multiply<T, false>(height, vectors, t);
                }
                if (finishes)
                    finish(Finished<T>{t.c + back, g.c_row, height, width, bias_of(column + back), 1},
                           g.epilogue->activation);
            }
        }
    }
    const T *bias_of(int64_t column) const { return g.epilogue->bias ? g.epilogue->bias + column : nullptr; }

    const GemmArgs<T> &g;
    const ParallelFor run;
    const bool packs_a;
    const int most_vectors;  // in a panel of B
    const bool packs_b;
    T *const packed_b, *const packed_a;
    // The part of the product that is being worked on.
    int64_t row0, column0, columns, depth0, depth;
    int64_t b_tasks;           // that pack B
    Parts panels_a, panels_b;  // in panels: rows of A, vectors of columns of B
    Parts blocks_a, blocks_b;  // in tasks: panels
};

// All of C at once, for products that are not computed tile by tile.
template <class T> void finish_all(const GemmArgs<T> &g) {
    if (!g.epilogue) return;
    const auto [bias, activation] = *g.epilogue;
    if (g.n == 1) finish(Finished<T>{g.c, 0, 1, g.m, bias, 0}, activation);
    else finish(Finished<T>{g.c, g.c_row, g.m, g.n, bias, 1}, activation);
}

template <class T> void multiply_in_cache(const GemmArgs<T> &g, bool add) {
    if (g.m == 0) return;
    constexpr int W = lanes<T>;
    const int64_t width = direct_tile.vectors * W;
    Tile<T> t;
    t.depth = g.k;
    t.a_row = g.a_row, t.a_step = g.a_col;
    t.b_step = g.b_row;
    t.c_row = g.c_row;
    t.skip = 0;
    t.add = add;
    t.ahead = nullptr;
    for (int64_t column = 0; column < g.n; column += width) {
        t.columns = min(width, g.n - column);
        t.b = g.b + column;
        const int vectors = static_cast<int>(ceil_div(t.columns, W));
        const Parts panels(g.m, ceil_div(g.m, tile_rows(false, vectors)));
        for (int64_t i = 0; i < panels.count; ++i) {
            t.a = g.a + panels.begin(i) * g.a_row;
            t.c = g.c + panels.begin(i) * g.c_row + column;
            multiply<T, false>(static_cast<int>(panels.length(i)), vectors, t);
        }
    }
}

// Whether nothing is packed or cut, so that a plan would cost more than it tells: the product of stacks of matrices.
template <class T> bool is_one_task(const GemmArgs<T> &g) {
    return g.b_col == 1 && g.n % lanes<T> == 0 && g.k <= depth_block<T> && g.m <= direct_task && g.n <= direct_task &&
           g.m * g.n * g.k <= direct_task;
}

template <class T> void gemm(const GemmArgs<T> &g, void *scratch, ParallelFor run) {
    if (g.m == 0 || g.n == 0) return;
    const bool is_matrix = g.m > 1 && g.n > 1 && g.k > 0 && !is_small(g.m, g.n, g.k);
    if (is_matrix && !is_one_task(g)) return Gemm<T>(g, scratch, run).multiply_all();
    if (is_matrix) {
        multiply_in_cache(g, false);
    } else if (g.k == 0) {
        for (int64_t i = 0; i < g.m; ++i)
            for (int64_t j = 0; j < g.n; ++j) g.c[i * g.c_row + j] = 0;
    } else if (is_small(g.m, g.n, g.k)) {
        multiply_small(g);
    } else if (g.n == 1) {
        gemv(Gemv<T>{g.m, g.k, g.a, g.a_row, g.a_col, g.b, g.b_row, g.c}, scratch, run);
    } else {
        gemv(Gemv<T>{g.n, g.k, g.b, g.b_col, g.b_row, g.a, g.a_col, g.c}, scratch, run);
    }
    finish_all(g);
}

}  // namespace

extern const GemmKernels NEEDLE_CAT(gemm_, NEEDLE_ISA);
const GemmKernels NEEDLE_CAT(gemm_, NEEDLE_ISA) = {
    gemm<float>,
    gemm<double>,
    Gemm<float>::scratch_bytes,
    Gemm<double>::scratch_bytes,
    multiply_in_cache<float>,
    multiply_in_cache<double>,
    dot<float>,
    dot<double>,
    {integer_gemm<uint8_t>, integer_gemm<uint16_t>, integer_gemm<uint32_t>, integer_gemm<uint64_t>}};

}  // namespace needle::cpu
