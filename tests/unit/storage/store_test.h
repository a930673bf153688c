// StoreTest: a store on drives in a temporary folder, and slices whose bytes follow from their keys.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/clock.h"
#include "storage/slice_store.h"
#include "storage/system_disk.h"
#include "support/content.h"
#include "support/faulty_disk.h"
#include "support/temp_dir.h"

namespace larder::storage {

using support::FaultyDisk;
using Bytes = std::vector<std::byte>;

inline SliceKey key_of(std::uint64_t object, std::uint32_t number = 0) {
  // As spread as a hash would be.
  return {{object * 0x9E37'79B9'7F4A'7C15 + 1, object * 0xC2B2'AE3D'27D4'EB4F + 2}, number};
}

inline Bytes bytes_of(const SliceKey& key, std::size_t length, std::uint64_t version = 0) {
  Bytes bytes(length);
  support::fill(bytes, key.object[0] ^ key.object[1] ^ std::uint64_t{key.number} << 32 ^ version, 0);
  return bytes;
}

inline Bytes bytes_at(const StoredSlice& slice, std::size_t length) {
  Bytes bytes(length);
  const ssize_t count = ::pread(slice.descriptor(), bytes.data(), length, static_cast<off_t>(slice.offset()));
  bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return bytes;
}

class StoreTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kDriveSize = 64 * kMiB;  // so segments have 4 MiB: three slices of 1 MiB each
  static constexpr std::uint64_t kSegmentSize = 4 * kMiB;

  StoreTest() {
    Log::Options options;
    options.target = folder / "log";
    log = *Log::open(options);
  }

  std::string drive(int number = 0) const { return folder / ("drive" + std::to_string(number)); }
  std::string segment(std::uint64_t id, int drive_number = 0) const {
    return fmt::format("{}/segments/{:016x}.seg", drive(drive_number), id);
  }

  SliceStore::Options options(int drives = 1) const {
    SliceStore::Options all;
    for (int i = 0; i < drives; ++i) all.drives.push_back({drive(i), kDriveSize});
    return all;
  }

  /// Makes the folders of `count` drives, whose identities follow from `seed`: they say which slice goes to which
  /// drive.
  void make_drives(int count, std::uint64_t seed = 1) const {
    std::mt19937_64 random(seed);
    for (int i = 0; i < count; ++i) {
      std::filesystem::create_directory(drive(i));
      support::write_file(drive(i) + "/larder-drive",
                          fmt::format("larder drive, format 1\nid {:016x}{:016x}\n", random(), random()));
    }
  }

  void open(const SliceStore::Options& all) {
    store.reset();
    auto opened = SliceStore::open(all, disk, clock, *log);
    ASSERT_TRUE(opened) << opened.error().text;
    store = *std::move(opened);
  }
  void open(int drives = 1) { open(options(drives)); }

  /// Stores the slice that bytes_of() makes; whether it was stored.
  bool put(const SliceKey& key, std::size_t length, std::uint64_t version = 0) {
    auto bytes = std::make_shared<Bytes>(bytes_of(key, length, version));
    auto stored = std::make_shared<std::promise<bool>>();
    store->put(key, *bytes, bytes, [stored](bool outcome) { stored->set_value(outcome); });
    return stored->get_future().get();
  }

  /// Flips a bit of a file on the device, as when it rots: the page cache forgets the whole file. False: it does not,
  /// as on a file system in memory.
  bool rot(const std::string& path, std::uint64_t offset) {
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    std::byte byte{};
    EXPECT_EQ(::pread(file.number(), &byte, 1, static_cast<off_t>(offset)), 1);
    byte ^= std::byte{0x10};
    EXPECT_EQ(::pwrite(file.number(), &byte, 1, static_cast<off_t>(offset)), 1);
    return forget(path);
  }
  /// Writes the file out and lets the page cache forget it; false if it does not.
  bool forget(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    EXPECT_EQ(::fsync(file.number()), 0);
    EXPECT_EQ(::posix_fadvise(file.number(), 0, 0, POSIX_FADV_DONTNEED), 0);
    return !system_disk.resident(file.number(), 0, 1);
  }

  DriveStatus status(std::size_t number = 0) const { return store->status()[number]; }

  std::string log_text() {
    log->flush();
    return support::read_file(folder / "log");
  }

  support::TempDir folder;
  SystemClock clock;
  SystemDisk system_disk;
  FaultyDisk disk{system_disk, 1};
  std::unique_ptr<Log> log;
  std::unique_ptr<SliceStore> store;
};

}  // namespace larder::storage
