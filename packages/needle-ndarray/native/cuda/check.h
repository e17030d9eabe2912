// One place where CUDA's error codes become exceptions.
#pragma once
#include "core/errors.h"
#include <cuda_runtime.h>

namespace needle::cuda {

inline void check(cudaError_t status, const char *what) {
    if (status != cudaSuccess)
        fail(ErrorKind::Device, std::string("CUDA: ") + what + ": " + cudaGetErrorString(status));
}

}  // namespace needle::cuda
