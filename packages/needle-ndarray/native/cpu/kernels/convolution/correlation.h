// The sliding product that both the convolution and its gradient for the input are: output pixels are sums over the
// taps of a kernel, and a tile of them stays in registers until all taps are summed. The rows of the tile are pixels
// of one output row or, where these are short, the same pixel of several images; they are read where they lie unless
// padding or the layout is in the way, so there is no matrix of patches. The weights are packed in panels that are as
// wide as a tile.
//
// Tasks and tiles are cut by sizes only, and each output is summed by one task in one order.
#pragma once
#include "cpu/kernels/convolution/patches.h"
#include "cpu/kernels/convolution/sum_tile.h"

namespace needle::cpu {
namespace {

// Along one axis: tap i of output t meets input t * step + first + i * gap, if there is such an input.
struct Taps {
    int64_t count, step, first, gap;

    int64_t at(int64_t output, int64_t tap) const { return output * step + first + tap * gap; }
    // All inputs that the outputs meet, from the first to the last.
    Range met(Range outputs) const {
        if (outputs.size() <= 0 || count == 0) return {0, 0};
        return {at(outputs.begin, 0), at(outputs.end - 1, count - 1) + 1};
    }
};

template <class T> struct Correlation {
    int64_t images, groups;
    ImagesView<const T> in;
    int64_t height, width, channels;  // of the input; channels of one group
    T *out;
    int64_t out_image, out_row, out_column;  // strides
    int64_t rows, columns, out_channels;     // of the output; channels of one group
    Taps down, across;
    const T *weights;  // panels [group][panel][tap down][tap across][channel][lane], see panel_elements

    int64_t taps() const { return down.count * across.count; }
};

template <class T> int64_t panel_elements(int64_t taps, int64_t channels) { return taps * channels * panel_width<T>; }

constexpr double least_products = 1 << 19, most_products = 1 << 23;  // in one task, about; four to sixty microseconds
constexpr int64_t patch_bytes = 256 * 1024;  // of a copied patch, about: it shares the second-level cache with weights
constexpr int64_t panel_bytes = 192 * 1024;  // of a panel's part that is summed at a time, about
constexpr int64_t columns_task = 512;        // output columns in a task at most

// How a correlation is cut. One with fewer rows and columns of outputs, but the same taps, may be cut by it as well.
template <class T> struct Blocking {
    bool by_images;         // the rows of a tile are images
    bool pairs;             // a tile has a row of pixels of each of two images
    int64_t rows, columns;  // of a task at most
    int64_t row_blocks, column_blocks, image_blocks, panel_blocks, groups;

    explicit Blocking(const Correlation<T> &c) : groups(c.groups) {
        const int64_t height = most_rows(most_vectors);
        const bool low = c.columns < height || (c.columns == height && c.out_channels > lanes<T>);
        by_images = low && c.images >= 2 * c.columns && c.in.channel == 1;
        pairs = !by_images && c.columns <= most_paired_rows && c.out_channels <= lanes<T>;
        const int64_t panels = panel_count<T>(c.out_channels), depth = max(c.taps() * c.channels, 1);
        // Large weights are read by one task each, small ones by all.
        const bool small = panels * panel_elements<T>(c.taps(), c.channels) * int64_t(sizeof(T)) <= 2 * panel_bytes;
        panel_blocks = small ? 1 : panels;
        const double pixel = static_cast<double>(depth) * max(c.out_channels / panel_blocks, lanes<T>);
        const double all = pixel * c.images * c.rows * c.columns * panel_blocks * groups;
        const double products = all < 64 * least_products  ? least_products
                                : all < 64 * most_products ? all / 64
                                                           : most_products;
        const int64_t pixels = max(static_cast<int64_t>(products / pixel), 1);
        if (by_images) {
            image_blocks = ceil_div(c.images, 2 * height);
            column_blocks = 1;
            row_blocks = blocks(c.rows, pixels / (min(c.images, 2 * height) * max(c.columns, 1)));
        } else {
            column_blocks = blocks(c.columns, columns_task);
            columns = ceil_div(c.columns, column_blocks);
            const int64_t row_bytes = c.across.met({0, columns}).size() * c.channels * c.down.step * int64_t(sizeof(T));
            const int64_t fitting = max(patch_bytes / max(row_bytes, 1) - c.down.count, 1);
            row_blocks = blocks(c.rows, min(pixels / max(columns, 1), fitting));
            const int64_t units = ceil_div(c.images, images_unit());
            image_blocks = row_blocks > 1 ? units : blocks(units, pixels / max(images_unit() * c.rows * columns, 1));
        }
        rows = ceil_div(c.rows, row_blocks);
        columns = ceil_div(c.columns, column_blocks);
    }
    int64_t tasks() const { return groups * panel_blocks * image_blocks * row_blocks * column_blocks; }
    int64_t images_unit() const { return pairs ? 2 : 1; }  // that are not cut
    Range images(int64_t all, int64_t block) const {
        const Range units = part(ceil_div(all, images_unit()), image_blocks, block);
        return {units.begin * images_unit(), min(units.end * images_unit(), all)};
    }

  private:
    // Into how many blocks of about `size` a length is cut.
    static int64_t blocks(int64_t length, int64_t size) { return max(ceil_div(length, max(size, 1)), 1); }
};

template <class T> class CorrelationTask {
  public:
    CorrelationTask(const Correlation<T> &c, const Blocking<T> &blocking, int64_t task, T *patch_memory)
        : c(c), by_images(blocking.by_images), pairs(blocking.pairs), image_size(image_elements(c, blocking)),
          memory(patch_memory) {
        auto take = [&](int64_t count) {
            const int64_t index = task % count;
            task /= count;
            return index;
        };
        panels = part(panel_count<T>(c.out_channels), blocking.panel_blocks, take(blocking.panel_blocks));
        columns = part(c.columns, blocking.column_blocks, take(blocking.column_blocks));
        rows = part(c.rows, blocking.row_blocks, take(blocking.row_blocks));
        images = blocking.images(c.images, take(blocking.image_blocks));
        group = task;
    }

    // Elements that a task copies at most.
    static int64_t patch_elements(const Correlation<T> &c, const Blocking<T> &blocking) {
        return blocking.images_unit() * image_elements(c, blocking);
    }

    void run() {
        if (rows.size() <= 0 || columns.size() <= 0) return;
        if (by_images) {
            patch = {c.in.data + group * c.channels * c.in.channel, c.in.row, c.in.column};
            sum();
            return;
        }
        const Range every = images;
        for (int64_t image = every.begin; image < every.end; image = images.end) {
            images = {image, min(image + (pairs ? 2 : 1), every.end)};
            patch = read(image, memory);
            if (images.size() == 2) next_image = read(image + 1, memory + image_size).data - patch.data;
            sum();
        }
    }

  private:
    static int64_t image_elements(const Correlation<T> &c, const Blocking<T> &blocking) {
        if (!copies(c, blocking.by_images)) return 0;
        const int64_t met_rows = c.down.met({0, blocking.rows}).size();
        return min(met_rows, c.height) * c.across.met({0, blocking.columns}).size() * c.channels;
    }

    // Whether the pixels must be copied: for zeros at the edges, for channels side by side, or for long runs where
    // there are few channels.
    static bool copies(const Correlation<T> &c, bool by_images) {
        if (by_images) return false;
        const Range met = c.across.met({0, c.columns});
        const bool inside = met.begin >= 0 && met.end <= c.width;
        const bool short_runs = c.across.count > 1 && c.across.gap == 1 && c.in.column != c.channels && c.channels < 32;
        return !inside || (c.in.channel != 1 && c.channels > 1) || short_runs;
    }

    Patch<T> read(int64_t image, T *to) const {
        ImagesView<const T> in = c.in;
        in.data += group * c.channels * in.channel;
        if (!copies(c, by_images)) return {in.data + image * in.image, in.row, in.column};
        return copy_patch(in, image, c.down.met(rows).within(c.height), c.across.met(columns), c.height, c.width,
                          c.channels, c.channels, to);
    }

    void sum() const {
        // Taps that lie beside each other in memory are one run.
        const bool merged = !by_images && c.across.gap == 1 && patch.column == c.channels;
        const int64_t runs_across = merged ? 1 : max(c.across.count, 1), all_runs = merged ? c.down.count : c.taps();
        const int64_t depth = merged ? c.across.count * c.channels : c.channels;
        const int64_t last_column = by_images ? columns.end : columns.begin + 1;  // others are rows of the tile
        for (int64_t panel = panels.begin; panel < panels.end; ++panel) {
            const int vectors = panel_vectors<T>(c.out_channels, panel);
            const int64_t first_channel = panel * panel_width<T>, lane_count = vectors * lanes<T>;
            const int64_t run_bytes = max(depth * lane_count * int64_t(sizeof(T)), 1);
            const int64_t runs_block = clamp(panel_bytes / run_bytes, 1, most_runs);
            const int64_t panel_size = panel_elements<T>(c.taps(), c.channels);
            const T *weights = c.weights + (group * panel_count<T>(c.out_channels) + panel) * panel_size;
            SumTile<T> tile;
            Run<T> runs[most_runs];
            tile.runs = runs;
            tile.depth = depth;
            tile.a_row = by_images ? c.in.image : c.across.step * patch.column;
            tile.a_step = 1;
            tile.b_first = 0;
            tile.b_step = lane_count;
            tile.out_row = by_images ? c.out_image : c.out_column;
            tile.columns = min(lane_count, c.out_channels - first_channel);
            if (!by_images && images.size() == 2)
                tile.blocks = 2, tile.a_block = next_image, tile.out_block = c.out_image;
            T *out = c.out + images.begin * c.out_image + group * c.out_channels + first_channel;
            // At least once, so that outputs without any tap become zeros.
            for (int64_t begin = 0; begin == 0 || begin < all_runs; begin += runs_block) {
                tile.add = begin > 0;
                const int64_t end = min(begin + runs_block, all_runs);
                for (int64_t row = rows.begin; row < rows.end; ++row)
                    for (int64_t column = columns.begin; column < last_column; ++column) {
                        tile.count = 0;
                        int64_t down = begin / runs_across, across = begin % runs_across;
                        for (int64_t run = begin; run < end; ++run) {
                            const int64_t h = c.down.at(row, down), w = c.across.at(column, across);
                            if (++across == runs_across) across = 0, ++down;
                            if (h < 0 || h >= c.height || (by_images && (w < 0 || w >= c.width))) continue;
                            const int64_t image = by_images ? images.begin * c.in.image : 0;
                            runs[tile.count++] = {patch.data + image + h * patch.row + w * patch.column,
                                                  weights + run * depth * lane_count};
                        }
                        tile.out = out + row * c.out_row + column * c.out_column;
                        if (tile.blocks == 2) sum_pair(tile, columns.size());
                        else sum_rows<T, false>(tile, vectors, by_images ? images.size() : columns.size());
                    }
            }
        }
    }

    const Correlation<T> &c;
    const bool by_images, pairs;
    const int64_t image_size;  // elements of an image that is copied
    T *const memory;
    Range panels, columns, rows, images;
    int64_t group;
    Patch<T> patch{};
    int64_t next_image = 0;  // of a pair: how far on it lies
};

// ---- The weights, packed

// Element (tap down, tap across, channel, out channel) of one group at data[down * ... ]; strides may be negative.
template <class T> struct WeightsView {
    const T *data;
    int64_t group, down, across, channel, out_channel;  // strides
};

// One panel of one tap: `channels` rows of `lane_count` elements, of which the first `present` are there.
template <class T>
void pack_panel(const WeightsView<T> &weights, const T *from, int64_t channels, int64_t present, int64_t lane_count,
                T *out) {
    if (present < lane_count) memset(out, 0, static_cast<size_t>(channels * lane_count) * sizeof(T));
    if (weights.out_channel == 1) {
        for (int64_t k = 0; k < channels; ++k)
            memcpy(out + k * lane_count, from + k * weights.channel, static_cast<size_t>(present) * sizeof(T));
    } else {
        transpose<Unsigned<T>>(from, weights.out_channel, out, lane_count, present, channels, false);
    }
}

// Panel number `index` of all groups.
template <class T> void pack_weights(const Correlation<T> &c, const WeightsView<T> &weights, int64_t index, T *packed) {
    const int64_t panels = panel_count<T>(c.out_channels), group = index / panels, panel = index % panels;
    const int64_t lane_count = panel_vectors<T>(c.out_channels, panel) * lanes<T>;
    const int64_t first = panel * panel_width<T>, present = min(lane_count, c.out_channels - first);
    T *out = packed + index * panel_elements<T>(c.taps(), c.channels);
    for (int64_t tap = 0; tap < c.taps(); ++tap) {
        const T *from = weights.data + group * weights.group + tap / c.across.count * weights.down +
                        tap % c.across.count * weights.across + first * weights.out_channel;
        pack_panel(weights, from, c.channels, present, lane_count, out + tap * c.channels * lane_count);
    }
}

}  // namespace
}  // namespace needle::cpu
