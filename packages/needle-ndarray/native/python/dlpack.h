// The structures of DLPack 1.0, the in-memory format in which array libraries lend each other their elements
// (https://dmlc.github.io/dlpack/latest/c_api.html). Sizes, strides and order are its ABI; names are its own.
#pragma once
#include <cstdint>

namespace needle::python::dlpack {

struct Version {
    uint32_t major, minor;
};
constexpr Version our_version{1, 0};

// Device types whose memory the CPU can read have a name here; the others are told apart only in messages.
constexpr int32_t device_cpu = 1, device_cuda_host = 3, device_rocm_host = 11;

struct Device {
    int32_t type, id;
};

constexpr uint8_t code_int = 0, code_uint = 1, code_float = 2, code_bfloat = 4, code_bool = 6;

struct DataType {
    uint8_t code, bits;
    uint16_t lanes;
};

struct Tensor {
    void *data;
    Device device;
    int32_t ndim;
    DataType dtype;
    int64_t *shape;
    int64_t *strides;  // in elements; may be null for row-major, dense elements
    uint64_t byte_offset;
};

// Before 1.0.
struct ManagedTensor {
    Tensor tensor;
    void *context;
    void (*deleter)(ManagedTensor *);
    static constexpr const char *name = "dltensor", *used_name = "used_dltensor";
};

constexpr uint64_t flag_read_only = 1, flag_is_copied = 2;

// From 1.0. Of another major version only what stands before `flags` may be read.
struct VersionedTensor {
    Version version;
    void *context;
    void (*deleter)(VersionedTensor *);
    uint64_t flags;
    Tensor tensor;
    static constexpr const char *name = "dltensor_versioned", *used_name = "used_dltensor_versioned";
};

}  // namespace needle::python::dlpack
