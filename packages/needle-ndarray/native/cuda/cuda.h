// CUDA, seen from C++: whether it can be used, memory, and the kernels. No CUDA header is needed to include this one.
#pragma once
#include "core/dtype.h"
#include "core/layout.h"
#include "scalar/lists.h"
#include <string>

namespace needle::cuda {

// 0 where there is no driver or no device; never throws.
int device_count();
// Why no device can be used, as a sentence; empty where one can.
std::string why_not();
// Throws Error(Device) where there is no such device, as everything below does when CUDA reports an error.
std::string device_name(int device);
// 13000 for CUDA 13.0: of the runtime in this library, and the newest that the driver can run (0 without a driver).
int runtime_version();
int driver_version();

// Bytes in the memory of the current device.
class DeviceBuffer {
  public:
    explicit DeviceBuffer(size_t bytes);
    DeviceBuffer(const void *host, size_t bytes);  // a copy of them
    ~DeviceBuffer();
    DeviceBuffer(const DeviceBuffer &) = delete;
    DeviceBuffer &operator=(const DeviceBuffer &) = delete;

    void download(void *host) const;  // waits for the kernels before
    void *data() const { return data_; }
    size_t bytes() const { return bytes_; }

  private:
    void *data_ = nullptr;
    size_t bytes_;
};

// The kernels run on the default stream; their pointers are device memory.

// out[i] = value for i < n, where one element has `item` bytes (1, 2, 4 or 8) and `value` points to host memory.
void fill(void *out, const void *value, int item, int64_t n);
// out, row-major, gets the elements of `in`, whose layout may have any strides; offset included.
void copy(const void *in, const Layout &layout, void *out, int item);
// out[i] = op(a[i * a_step], b[i * b_step]); a step of 0 makes an operand one scalar for all.
void binary(BinaryOp op, DType dtype, const void *a, int64_t a_step, const void *b, int64_t b_step, void *out,
            int64_t n);
// Whether `binary` has a kernel for it in this version.
bool has_binary(BinaryOp op, DType dtype);

}  // namespace needle::cuda
