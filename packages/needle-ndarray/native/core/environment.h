// Settings from environment variables.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace needle {

enum class Unit { Count, Bytes };  // bytes may end in K, M, G or T, powers of 1,024

struct Setting {
    std::optional<int64_t> value;  // nothing where the variable is not set, empty or makes no sense
    std::string complaint;         // why it makes no sense; else empty
};
Setting environment_setting(const char *name, int64_t lowest, int64_t highest, Unit unit);

Setting environment_threads();  // NEEDLE_NUM_THREADS

}  // namespace needle
