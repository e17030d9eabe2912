#include "core/environment.h"
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace needle {

namespace {

// A decimal number with the unit's suffix, or nothing.
std::optional<int64_t> parse(const char *text, Unit unit) {
    if (!isdigit(static_cast<unsigned char>(*text)) && *text != '-') return std::nullopt;
    char *end = nullptr;
    errno = 0;
    int64_t value = std::strtoll(text, &end, 10);
    if (errno != 0) return std::nullopt;
    if (unit == Unit::Bytes && *end != '\0') {
        static const char suffixes[] = "KMGT";
        const char *suffix = strchr(suffixes, toupper(static_cast<unsigned char>(*end)));
        if (!suffix) return std::nullopt;
        for (const char *power = suffixes; power <= suffix; ++power)
            if (__builtin_mul_overflow(value, int64_t{1024}, &value)) return std::nullopt;
        ++end;
    }
    if (*end != '\0') return std::nullopt;
    return value;
}

}  // namespace

Setting environment_setting(const char *name, int64_t lowest, int64_t highest, Unit unit) {
    const char *text = std::getenv(name);
    if (!text || !*text) return {};
    std::optional<int64_t> value = parse(text, unit);
    if (value && *value >= lowest && *value <= highest) return {value, ""};
    std::string expected = unit == Unit::Bytes
                               ? "a number of bytes such as 500000000, 512M or 4G"
                               : "a number from " + std::to_string(lowest) + " to " + std::to_string(highest);
    return {std::nullopt,
            std::string(name) + "=\"" + text + "\" is ignored: expected " + expected + ", or to leave it unset"};
}

Setting environment_threads() { return environment_setting("NEEDLE_NUM_THREADS", 1, 1024, Unit::Count); }

}  // namespace needle
