// Sorting keys of few different values by counting how often each occurs. A key is an element's number of a few bits,
// its digit.
#pragma once
#include "cpu/radix.h"

namespace needle::cpu {

// The counters of a row: a table of one for each digit for every part of it. A chunk's parts go side by side, because
// equal neighbours would have to wait for each other's counter.
struct Counters {
    static constexpr int most_parts = 4;

    int64_t *tables;
    int64_t n, digits, chunks;
    int parts = 1;  // of each chunk

    // Of a row of n digits below 1 << width, in the room that counters_of told. Tables of more digits than a pass has
    // stand there once only.
    Counters(int64_t n, int width, int64_t *room)
        : tables(room), n(n), digits(int64_t{1} << width), chunks(width > max_digit ? 1 : chunks_of(n)) {
        constexpr int64_t worthwhile = 16;  // elements of each digit
        if (most_parts * digits <= max_buckets && n / digits >= worthwhile) parts = most_parts;
    }

    // use(counter, i) for every element i and the counter of digit(i) in its part; within a part in order.
    template <class Digit, class Use> void for_each(const Digit &digit, const Use &use) const {
        if (parts == 1) walk<1>(digit, use);
        else walk<most_parts>(digit, use);
    }
    template <class Digit> void count(const Digit &digit) const {
        std::fill_n(tables, chunks * parts * digits, 0);
        for_each(digit, [](int64_t &counter, int64_t) { ++counter; });
    }
    // How often a digit occurs in the whole row.
    int64_t total(int64_t digit) const {
        int64_t sum = 0;
        for (int64_t part = 0; part < chunks * parts; ++part) sum += tables[part * digits + digit];
        return sum;
    }
    // From how often digits occur to where the first of each part stands in the order of the digits.
    void to_places() const {
        int64_t place = 0;
        for (int64_t digit = 0; digit < digits; ++digit)
            for (int64_t part = 0; part < chunks * parts; ++part) {
                int64_t &counter = tables[part * digits + digit];
                place += counter;
                counter = place - counter;
            }
    }

  private:
    // Everything is copied to where no compiler takes it for what is written.
    template <int parts, class Digit, class Use> void walk(const Digit &digit_, const Use &use_) const {
        parallel_for(chunks, [=, n = n, digits = digits, chunks = chunks, tables = tables](int64_t chunk) {
            const Digit digit = digit_;
            const Use use = use_;
            int64_t *const table = tables + chunk * parts * digits;
            const int64_t start = n * chunk / chunks, end = n * (chunk + 1) / chunks, length = (end - start) / parts;
            for (int64_t i = start; i < start + length; ++i)
#pragma GCC unroll 4
                for (int part = 0; part < parts; ++part) {
                    const int64_t at = i + part * length;
                    use(table[part * digits + static_cast<int64_t>(digit(at))], at);
                }
            for (int64_t i = start + parts * length; i < end; ++i)
                use(table[(parts - 1) * digits + static_cast<int64_t>(digit(i))], i);
        });
    }
};

// Writes item(i) of n elements to `out` in the order of digit(i) < 1 << width; equal ones keep their order.
template <class T, class Digit, class Item>
void counting_pass(int64_t n, int width, int64_t *room, T *out, const Digit &digit, const Item &item) {
    const Counters counters(n, width, room);
    counters.count(digit);
    counters.to_places();
    counters.for_each(digit, [=](int64_t &place, int64_t i) { out[place++] = item(i); });
}

// Writes element(digit) of each digit(i) < 1 << width of n elements as often as it occurs to `out`. False,
// with nothing done, where there are too many possible digits for that.
template <class T, class Digit, class Element>
bool counting_sort(int64_t n, int width, int64_t *room, T *out, const Digit &digit, const Element &element) {
    if (width > (sizeof(T) == 2 ? 16 : max_digit) || n >> width == 0) return false;
    const Counters counters(n, width, room);
    counters.count(digit);
    for (int64_t each = 0; each < counters.digits; ++each) out = std::fill_n(out, counters.total(each), element(each));
    return true;
}

// The indices 0 ... n - 1 in the order of key(i) < 1 << width to `out`; equal ones keep their order. `spare` has room
// for n. False, with nothing done, where there are too many possible keys for that.
template <class Key>
bool counting_argsort(int64_t n, int width, int64_t *room, int64_t *out, uint64_t *spare, const Key &key) {
    constexpr int64_t worthwhile_row = 256;
    if (n < worthwhile_row) return false;
    if (width <= max_digit && n >> width > 0) {
        counting_pass(n, width, room, out, key, [](int64_t i) { return i; });
        return true;
    }
    // By the lower half of the key first; the upper one goes along, above the index.
    const int low = width / 2, high = width - low, index_bits = bit_width(static_cast<uint64_t>(n - 1));
    constexpr int64_t worthwhile = 4;  // elements of each digit
    if (high > max_digit || n >> high < worthwhile) return false;
    const uint64_t low_mask = (uint64_t{1} << low) - 1, index_mask = (uint64_t{1} << index_bits) - 1;
    counting_pass(
        n, low, room, spare, [=](int64_t i) { return key(i) & low_mask; },
        [=](int64_t i) { return key(i) >> low << index_bits | static_cast<uint64_t>(i); });
    counting_pass(
        n, high, room, out, [=](int64_t i) { return spare[i] >> index_bits; },
        [=](int64_t i) { return static_cast<int64_t>(spare[i] & index_mask); });
    return true;
}

}  // namespace needle::cpu
