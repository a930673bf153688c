// SystemDisk: the real file system.
#pragma once

#include "storage/disk.h"

namespace larder::storage {

class SystemDisk final : public Disk {
 public:
  Result<Descriptor> open(const std::string& path, Open how) override;
  Result<std::size_t> read_at(int descriptor, std::span<std::byte> into, std::uint64_t offset) override;
  Result<> write_at(int descriptor, std::span<const iovec> parts, std::uint64_t offset) override;
  void read_ahead(int descriptor, std::uint64_t offset, std::uint64_t length) override;
  bool resident(int descriptor, std::uint64_t offset, std::uint64_t length) override;
  void drop_cached(int descriptor, std::uint64_t offset, std::uint64_t length) override;
  Result<std::size_t> read_device(int descriptor, std::span<std::byte> into, std::uint64_t offset) override;
  Result<> write_back(int descriptor, std::uint64_t offset, std::uint64_t length, WriteBack how) override;
  Result<> sync(int descriptor) override;
  Result<> truncate(int descriptor, std::uint64_t size) override;
  Result<std::uint64_t> size(int descriptor) override;
  bool is_removed(int descriptor) override;
  Result<> lock(int descriptor) override;
  Result<> remove(const std::string& path) override;
  Result<> rename(const std::string& from, const std::string& to) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<> make_folder(const std::string& path) override;
  Result<> sync_folder(const std::string& path) override;
  Result<Kind> kind(const std::string& path) override;
  Result<std::uint64_t> file_size(const std::string& path) override;
  Result<> check_writable(const std::string& path) override;
  std::vector<bool> which_answer(const std::vector<std::string>& folders) override;
  Result<Room> room(const std::string& path) override;
  Result<std::string> canonical(const std::string& path) override;
};

}  // namespace larder::storage
