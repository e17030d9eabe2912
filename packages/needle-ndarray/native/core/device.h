#pragma once
#include <cstdint>
#include <string>

namespace needle {

enum class DeviceType : uint8_t { CPU, CUDA };

struct Device {
    DeviceType type = DeviceType::CPU;
    int16_t index = 0;

    friend bool operator==(Device a, Device b) { return a.type == b.type && a.index == b.index; }
    friend bool operator!=(Device a, Device b) { return !(a == b); }
    std::string name() const {
        std::string base = type == DeviceType::CPU ? "cpu" : "cuda";
        return index == 0 ? base : base + ":" + std::to_string(index);
    }
};

}  // namespace needle
