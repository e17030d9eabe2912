#include "core/storage.h"
#include "core/allocator.h"
#include "core/errors.h"
#include <cstdlib>
#include <new>

namespace needle {

namespace {
// The Storage object stands in front of its own data, in one block.
constexpr size_t header_bytes = 64;
static_assert(sizeof(Storage) <= header_bytes, "the data behind the header must stay aligned to 64 bytes");
}  // namespace

class StorageFactory {
  public:
    static StorageRef owned(size_t bytes, Use use) {
        Block block = take_block(bytes, header_bytes, use);
        void *data = static_cast<char *>(block.address) + header_bytes;
        auto *storage = new (block.address) Storage(data, bytes, Device{}, &free_owned, nullptr);
        storage->capacity_ = block.bytes;
        return StorageRef(storage);
    }
    static StorageRef borrowed(void *data, size_t bytes, Device device, void (*release)(void *), void *owner) {
        Block block = take_block(0, header_bytes, Use::Array);
        auto *storage = new (block.address) Storage(data, bytes, device, &free_borrowed, owner);
        storage->capacity_ = block.bytes;
        storage->release_owner_ = release;
        return StorageRef(storage);
    }

  private:
    static void free_owned(Storage *storage) { give_block({storage, storage->capacity_}); }
    static void free_borrowed(Storage *storage) {
        auto release = storage->release_owner_;
        void *owner = storage->owner_;
        give_block({storage, storage->capacity_});
        if (release) release(owner);
    }
};

StorageRef allocate(size_t bytes, Device device) {
    if (device.type != DeviceType::CPU)
        fail(ErrorKind::Unavailable,
             "cannot allocate on " + device.name() + ": only the CPU has an allocator in this build");
    return StorageFactory::owned(bytes, Use::Array);
}

StorageRef allocate_scratch(size_t bytes) { return StorageFactory::owned(bytes, Use::Scratch); }

StorageRef borrow(void *data, size_t bytes, Device device, bool writable, void (*release)(void *), void *owner) {
    StorageRef storage = StorageFactory::borrowed(data, bytes, device, release, owner);
    storage->writable = writable;
    return storage;
}

}  // namespace needle
