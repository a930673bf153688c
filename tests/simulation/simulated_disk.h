// SimulatedDisk: the drives of a simulated computer, in memory, with everything that drives and kernels do to data.
//
// A crash of the node alone loses nothing that was written; a power cut loses, keeps or tears what was not synced,
// names of files included. The rest is done to it by the simulation: pages leave the page cache, bits rot on the
// medium, calls fail, drives go and come back, the room ends.
//
// Owns       the files.
// Threads    one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "simulation/random.h"
#include "simulation/simulated_file.h"
#include "simulation/trace.h"
#include "storage/disk.h"

namespace larder::simulation {

class SimulatedDisk final : public storage::Disk {
 public:
  enum class Call { kRead, kWrite };

  struct Counters {
    std::uint64_t writes = 0;
    std::uint64_t written_bytes = 0;
    std::uint64_t reads = 0;
    std::uint64_t failed_calls = 0;
    std::uint64_t rotten_bits = 0;
    std::uint64_t dropped_pages = 0;
    std::uint64_t torn_files = 0;  // by power cuts
  };

  SimulatedDisk(const Clock& clock, Random random, Trace& trace) : clock_(clock), random_(random), trace_(trace) {}

  /// A folder that is a drive already, so that none draws an identity for it.
  void add_drive(const std::string& path);

  // --- what happens to it ---

  /// Every call fails without a trace: the process that makes them is dead.
  void detach(bool detached) { detached_ = detached; }
  void cut_power();
  /// The kernel sends some dirty pages of a file to the medium.
  void write_back_some();
  /// The kernel drops clean pages: of all files, or of a part of one.
  void drop_pages();
  /// A bit of some segment of `drive` flips on the medium.
  void rot(const std::string& drive);
  /// All calls to the drive fail from now on.
  void take_away(const std::string& drive) { gone_.insert(drive); }
  void bring_back(const std::string& drive) { gone_.erase(drive); }
  bool is_gone(const std::string& drive) const { return gone_.contains(drive); }
  /// The next call of that kind to the drive fails with EIO.
  void fail_next(const std::string& drive, Call call) { failing_.insert({drive, call}); }
  /// All files of the drive together can have so many bytes.
  void limit_room(const std::string& drive, std::optional<std::uint64_t> bytes);
  /// Runs in the middle of a read or a write, before it has any effect: time that the device takes.
  void set_pause(std::function<void(const std::string& drive, Call call)> pause) { pause_ = std::move(pause); }

  const Counters& counters() const { return counters_; }
  /// What sendfile() would read. Errors: as read_at().
  Result<std::size_t> read_for_socket(int descriptor, std::span<std::byte> into, std::uint64_t offset);

  // --- what the node does with it ---

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
  bool is_removed(int /*descriptor*/) override { return false; }
  Result<> lock(int descriptor) override;
  Result<> remove(const std::string& path) override;
  Result<> rename(const std::string& from, const std::string& to) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<> make_folder(const std::string& path) override;
  Result<> sync_folder(const std::string& path) override;
  Result<Kind> kind(const std::string& path) override;
  Result<std::uint64_t> file_size(const std::string& path) override;
  Result<> check_writable(const std::string& path) override;
  Result<Room> room(const std::string& path) override;
  Result<std::string> canonical(const std::string& path) override;

 private:
  using Names = std::map<std::string, std::shared_ptr<SimulatedFile>>;
  // A change of names that no sync of its folder has made sure of yet.
  struct NameChange {
    std::string path;
    std::shared_ptr<SimulatedFile> file;  // null: the name is gone
  };

  SimulatedFile& file(int descriptor) const { return *open_.at(descriptor); }
  std::string drive_of(std::string_view path) const;
  Result<> reach(const std::string& path);
  Result<> call(SimulatedFile& file, Call call);
  Result<std::size_t> read(SimulatedFile& file, std::span<std::byte> into, std::uint64_t offset);
  std::uint64_t room_left(const std::string& drive) const;
  void change_name(const std::string& path, std::shared_ptr<SimulatedFile> file);
  std::shared_ptr<SimulatedFile> some_segment(const std::string& drive);

  const Clock& clock_;
  Random random_;
  Trace& trace_;
  bool detached_ = false;
  std::set<std::string> drives_;
  std::set<std::string> folders_;
  Names names_;
  Names durable_names_;
  std::deque<NameChange> unsure_;
  std::map<int, std::shared_ptr<SimulatedFile>> open_;  // a descriptor that was closed keeps its last
  std::set<std::string> gone_;
  std::set<std::pair<std::string, Call>> failing_;
  std::map<std::string, std::uint64_t> room_;
  std::function<void(const std::string&, Call)> pause_;
  Counters counters_;
};

}  // namespace larder::simulation
