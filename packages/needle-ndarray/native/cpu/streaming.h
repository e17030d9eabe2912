// When results go past the caches.
#pragma once
#include "core/array.h"

namespace needle::cpu {

// Results of this size are gone from the last-level cache before anything reads them.
constexpr int64_t streamed_bytes = 32 << 20;

inline bool goes_past_caches(const Array &result) { return result.size() * itemsize(result.dtype) >= streamed_bytes; }

}  // namespace needle::cpu
