// What devices there are, and their memory.
#include "cuda/check.h"
#include "cuda/cuda.h"

namespace needle::cuda {

int device_count() {
    int count = 0;
    if (cudaGetDeviceCount(&count) == cudaSuccess) return count;
    cudaGetLastError();  // else the next call would report this error once more
    return 0;
}

std::string why_not() {
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status == cudaSuccess) return count > 0 ? "" : "no CUDA device was found.";
    cudaGetLastError();
    return std::string("CUDA cannot be used here: ") + cudaGetErrorString(status) + ".";
}

std::string device_name(int device) {
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
    return properties.name;
}

int runtime_version() {
    int version = 0;
    check(cudaRuntimeGetVersion(&version), "cudaRuntimeGetVersion");
    return version;
}

int driver_version() {
    int version = 0;
    check(cudaDriverGetVersion(&version), "cudaDriverGetVersion");
    return version;
}

DeviceBuffer::DeviceBuffer(size_t bytes) : bytes_(bytes) {
    check(cudaMalloc(&data_, bytes > 0 ? bytes : 1), "cudaMalloc");
}

DeviceBuffer::DeviceBuffer(const void *host, size_t bytes) : DeviceBuffer(bytes) {
    check(cudaMemcpy(data_, host, bytes, cudaMemcpyHostToDevice), "cudaMemcpy to the device");
}

DeviceBuffer::~DeviceBuffer() { cudaFree(data_); }  // nothing sensible can be done with an error here

void DeviceBuffer::download(void *host) const {
    check(cudaMemcpy(host, data_, bytes_, cudaMemcpyDeviceToHost), "cudaMemcpy from the device");
}

}  // namespace needle::cuda
