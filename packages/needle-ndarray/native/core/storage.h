// Storage: a block of bytes on one device, shared by the arrays that view it and freed with the last of them.
#pragma once
#include "core/device.h"
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace needle {

class Storage {
  public:
    void *data;
    size_t bytes;
    Device device;
    bool writable = true;

    void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
    }
    int64_t references() const { return references_.load(std::memory_order_relaxed); }
    bool is_borrowed() const { return release_owner_ != nullptr; }
    // The owner of a borrowed block if it is told by this function, else null.
    void *owner_released_by(void (*release)(void *)) const { return release_owner_ == release ? owner_ : nullptr; }

  private:
    friend class StorageFactory;
    using Release = void (*)(Storage *);
    Storage(void *data, size_t bytes, Device device, Release on_destroy, void *owner)
        : data(data), bytes(bytes), device(device), on_destroy_(on_destroy), owner_(owner) {}
    void destroy() { on_destroy_(this); }

    std::atomic<int64_t> references_{1};
    Release on_destroy_;                       // frees data and the Storage object itself
    void *owner_;                              // what a borrowed block belongs to
    void (*release_owner_)(void *) = nullptr;  // how that is told
    size_t capacity_ = 0;                      // of the allocator's block that holds this object
};

// Owning reference to a Storage.
class StorageRef {
  public:
    StorageRef() = default;
    explicit StorageRef(Storage *adopted) : storage_(adopted) {}
    StorageRef(const StorageRef &other) : storage_(other.storage_) {
        if (storage_) storage_->retain();
    }
    StorageRef(StorageRef &&other) noexcept : storage_(std::exchange(other.storage_, nullptr)) {}
    StorageRef &operator=(StorageRef other) noexcept {
        std::swap(storage_, other.storage_);
        return *this;
    }
    ~StorageRef() {
        if (storage_) storage_->release();
    }
    Storage *get() const { return storage_; }
    Storage *operator->() const { return storage_; }
    Storage &operator*() const { return *storage_; }
    explicit operator bool() const { return storage_ != nullptr; }

  private:
    Storage *storage_ = nullptr;
};

// Uninitialized bytes on `device`, aligned to 64 bytes or better; throws Error(Memory).
StorageRef allocate(size_t bytes, Device device);
// CPU memory that the operation which asks for it gives back before it returns.
StorageRef allocate_scratch(size_t bytes);
// A block that somebody else owns: `release(owner)` is called once when no array needs it any more.
StorageRef borrow(void *data, size_t bytes, Device device, bool writable, void (*release)(void *), void *owner);

}  // namespace needle
