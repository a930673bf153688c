#include "storage/segment_log.h"

#include <algorithm>
#include <utility>

#include "core/bytes.h"
#include "core/check.h"
#include "storage/segment_recovery.h"

namespace larder::storage {
namespace {

// When evicting did not help against a full file system, others fill it: so many slices are declined before the next
// segment is given up for them, and twice as many each time, or others would get all that is stored.
constexpr unsigned kFewestDeclines = 64;
constexpr unsigned kMostDeclines = 1U << 16;
// An eviction makes room for one segment and a part of another; who finds room for more is short of none.
constexpr unsigned kSegmentsThatShow = 4;

// A description always has bytes; one without any says that there is none any more.
constexpr int kEvictionsToErase = 2;

bool erases(const TableEntry& entry) { return entry.key.number == kMetaSlice && entry.length == 0; }

}  // namespace

SegmentLog::SegmentLog(Shared shared, DriveFolder folder, unsigned drive, std::uint64_t size, SegmentPlan segments)
    : shared_(shared),
      folder_(std::move(folder)),
      drive_(drive),
      size_(size),
      segment_size_(segments.size),
      max_segments_(segments.most) {}

Place SegmentLog::place(std::uint32_t slot, std::uint32_t offset, Place::Verified verified) const {
  return Place(drive_, slot, offset, verified);
}

Result<> SegmentLog::survey() {
  TRY(const auto names, shared_.disk.list(folder_.segments_path()));
  for (const std::string& name : names) {
    const auto id = parse_segment_name(name);
    if (!id) continue;
    std::uint64_t next = shared_.next_segment.load();
    while (next <= *id && !shared_.next_segment.compare_exchange_weak(next, *id + 1)) {
    }
  }
  return {};
}

Result<Epochs::Word> SegmentLog::word() {
  Epochs::Word word;
  word.drive = {folder_.id(), size_};
  const auto damaged = [&](const Error& error) -> Result<Epochs::Word> {
    if (error.code == Errc::kUnavailable) return std::unexpected(error);
    shared_.log.write(Level::kWarning, "drive cannot say when it was in use; what it describes is asked for again",
                      [&](JsonLine& line) { line.add("drive", folder_.path()).add("reason", error.text); });
    word.kind = Epochs::Word::Kind::kDamaged;
    return word;
  };
  const auto text = folder_.read_text(shared_.disk, DriveFolder::kEpochsFile);
  if (!text) return damaged(text.error());
  if (!*text) return word;
  auto epochs = parse_epochs(**text);
  if (!epochs) return damaged(epochs.error());
  word.kind = Epochs::Word::Kind::kEpochs;
  word.epochs = *std::move(epochs);
  return word;
}

Result<> SegmentLog::keep_epochs() {
  const std::uint64_t version = shared_.epochs.version();
  if (kept_epochs_ == version) return {};
  const auto epochs = shared_.epochs.now();
  TRY_VOID(folder_.write_text(shared_.disk, DriveFolder::kEpochsFile, serialize(epochs->all())));
  kept_epochs_ = version;
  return {};
}

Result<> SegmentLog::recover() {
  TRY(const auto names, shared_.disk.list(folder_.segments_path()));
  shared_.directory.open_drive(drive_, static_cast<std::uint32_t>(max_segments_));
  const auto epochs = shared_.epochs.now();
  for (const std::string& name : names) {
    TRY_VOID(recover_file(name, *epochs));
  }
  TRY_VOID(make_room());
  publish_counters();
  return {};
}

// Names come sorted, so segments come in the order of their ids.
Result<> SegmentLog::recover_file(const std::string& name, const Epochs& epochs) {
  const auto id = parse_segment_name(name);
  if (!id) {
    shared_.log.write(Level::kWarning, "file is no segment, left alone",
                      [&](JsonLine& line) { line.add("path", fmt::format("{}/{}", folder_.segments_path(), name)); });
    return {};
  }
  RecoveredSegment found =
      recover_segment(shared_.disk, shared_.log, folder_.segment_path(*id), drive_, {folder_.id(), *id});
  if (found.state != RecoveredSegment::State::kUsable && found.state != RecoveredSegment::State::kUnreadable) {
    return {};
  }
  // Never more segments than slots: an earlier configuration may have allowed more.
  while (stored_.size() + 2 >= max_segments_) {
    TRY_VOID(evict_oldest());
  }
  Stored stored{*id, found.size, found.segment, 0};
  if (found.segment) stored.slot = shared_.directory.take(found.segment);
  for (const TableEntry& entry : found.entries) {
    const Place here = place(stored.slot, entry.offset, Place::Verified::kNo);
    if (erases(entry)) erased_.emplace_back(entry.key, here);
    shared_.index.put_if(entry.key, here,
                         [&](Place other) { return newer(epochs, *found.segment, entry.offset, other); });
  }
  add_stored(std::move(stored));
  return {};
}

bool SegmentLog::newer(const Epochs& epochs, const Segment& segment, std::uint32_t offset, Place than) const {
  const Segment& other = *shared_.directory.at(than);
  if (&other == &segment) return offset > than.offset();
  return epochs.later(segment.identity(), other.identity());
}

void SegmentLog::add_stored(Stored stored) {
  if (stored.segment) {
    const std::lock_guard lock(sealed_mutex_);
    sealed_.push_back({stored.segment, stored.size});
  }
  stored_bytes_ += stored.size;
  stored_.push_back(std::move(stored));
}

std::vector<SegmentLog::Sealed> SegmentLog::sealed() const {
  const std::lock_guard lock(sealed_mutex_);
  return {sealed_.begin(), sealed_.end()};
}

void SegmentLog::bury() {
  for (const auto& [key, place] : erased_) shared_.index.erase_at(key, place);
  erased_.clear();
}

Result<> SegmentLog::append(const SliceKey& key, std::span<const std::byte> bytes) {
  auto appended = append_once(key, bytes);
  if (!appended && appended.error().code == Errc::kNoSpace) {
    if (full_declines_left_ > 0) {
      --full_declines_left_;
      return appended;
    }
    note_shortage(shortage_at(appended.error()));
    if (stored_.empty()) return appended;
    TRY_VOID(evict_oldest());
    appended = append_once(key, bytes);
    if (!appended && appended.error().code == Errc::kNoSpace) {
      full_declines_ = std::clamp(2 * full_declines_, kFewestDeclines, kMostDeclines);
      full_declines_left_ = full_declines_;
      shared_.log.write_limited(
          Level::kWarning, "no room for another segment before the drive reached its size",
          [&](JsonLine& line) { line.add("drive", folder_.path()).add("reason", appended.error().text); });
    }
  }
  publish_counters();
  return appended;
}

std::string SegmentLog::shortage_at(const Error& error) const {
  return fmt::format("at {} of {}: {}", size_to_string(stored_bytes_), size_to_string(size_), error.text);
}

void SegmentLog::note_shortage(const std::string& reason) {
  sealed_since_shortage_ = 0;
  const std::lock_guard lock(shortage_mutex_);
  if (!shortage_) {
    shared_.log.write_limited(Level::kWarning, "others leave the drive no room up to its size",
                              [&](JsonLine& line) { line.add("drive", folder_.path()).add("reason", reason); });
  }
  shortage_ = reason;
}

void SegmentLog::note_room() {
  if (++sealed_since_shortage_ != kSegmentsThatShow) return;
  full_declines_ = 0;
  const std::lock_guard lock(shortage_mutex_);
  if (shortage_) {
    shared_.log.write_limited(Level::kInfo, "there is room for the drive again",
                              [&](JsonLine& line) { line.add("drive", folder_.path()); });
  }
  shortage_.reset();
}

std::optional<std::string> SegmentLog::shortage() const {
  const std::lock_guard lock(shortage_mutex_);
  return shortage_;
}

Result<> SegmentLog::erase(const SliceKey& key) {
  auto appended = append_once(key, {});
  // What is outdated has to be written down also where a slice would be declined: the oldest segments give their room.
  for (int i = 0; i < kEvictionsToErase && !stored_.empty(); ++i) {
    if (appended || appended.error().code != Errc::kNoSpace) break;
    note_shortage(shortage_at(appended.error()));
    TRY_VOID(evict_oldest());
    appended = append_once(key, {});
  }
  publish_counters();
  if (appended) shared_.index.erase(key);
  return appended;
}

Result<> SegmentLog::append_once(const SliceKey& key, std::span<const std::byte> bytes) {
  const bool new_epoch = writer_epochs_ != shared_.epochs.version();
  if (writer_ && (new_epoch || !writer_->fits(bytes.size()))) {
    TRY_VOID(seal());
  }
  if (!writer_) {
    TRY_VOID(open_segment());
    TRY_VOID(make_room());
  }
  TRY(const std::uint32_t offset, writer_->append(key, bytes));
  shared_.index.put(key, place(writer_slot_, offset, Place::Verified::kYes));
  return writer_->write_back();
}

Result<> SegmentLog::open_segment() {
  // In this order: the id is one of those epochs then, and no segment is of an epoch that its drive does not know.
  writer_epochs_ = shared_.epochs.version();
  TRY_VOID(keep_epochs());
  TRY_VOID(folder_.check_place(shared_.disk));
  const SegmentIdentity identity{folder_.id(), shared_.next_segment.fetch_add(1)};
  TRY(writer_,
      SegmentWriter::create(shared_.disk, folder_.segment_path(identity.segment), drive_, identity, segment_size_));
  writer_slot_ = shared_.directory.take(writer_->segment());
  return {};
}

Result<> SegmentLog::seal() {
  if (!writer_) return {};
  SegmentWriter writer = *std::move(writer_);
  writer_.reset();
  const std::uint64_t id = writer.segment()->id();
  if (writer.empty()) {
    shared_.directory.release(drive_, writer_slot_);
    publish_counters();
    return shared_.disk.remove(folder_.segment_path(id));
  }
  const auto sealed = writer.seal();
  if (sealed) note_room();
  add_stored({id, writer.size(), writer.segment(), writer_slot_});
  publish_counters();
  if (!sealed) {
    if (sealed.error().code != Errc::kNoSpace) return sealed;
    shared_.log.write_limited(Level::kWarning, "no room for a segment's table; it will be walked at the next start",
                              [&](JsonLine& line) { line.add("path", folder_.segment_path(id)); });
  }
  TRY_VOID(folder_.check_place(shared_.disk));
  return shared_.disk.sync_folder(folder_.segments_path());
}

bool SegmentLog::over_limit() const {
  return !stored_.empty() && (stored_bytes_ + segment_size_ > size_ || stored_.size() + 2 >= max_segments_);
}

Result<> SegmentLog::make_room() {
  while (over_limit()) {
    TRY_VOID(evict_oldest());
  }
  return {};
}

Result<> SegmentLog::evict_oldest() {
  const Stored& victim = stored_.front();
  if (victim.segment) {
    TRY_VOID(evict_slices(victim));
  }
  const std::string path = folder_.segment_path(victim.id);
  if (auto removed = shared_.disk.remove(path); !removed && removed.error().code != Errc::kNotFound) {
    if (victim.segment) return removed;
    shared_.log.write_limited(Level::kWarning, "unreadable segment cannot be removed, its room is lost",
                              [&](JsonLine& line) { line.add("path", path).add("reason", removed.error().text); });
  }
  if (victim.segment) {
    const std::lock_guard lock(sealed_mutex_);
    sealed_.pop_front();
  }
  stored_bytes_ -= victim.size;
  stored_.pop_front();
  counters_.evicted_segments.fetch_add(1, std::memory_order_relaxed);
  return {};
}

Result<> SegmentLog::evict_slices(const Stored& victim) {
  const auto contents = read_segment_alone(shared_.disk, victim.segment->descriptor(), victim.segment->identity());
  const bool readable = contents || contents.error().code == Errc::kCorrupt || contents.error().code == Errc::kRefused;
  if (!readable) return std::unexpected(contents.error());
  if (contents) {
    std::uint64_t budget = victim.size / 2;
    for (const TableEntry& entry : contents->entries) {
      TRY_VOID(evict_record(victim, entry, budget));
    }
  }
  // Only a table surely names every slice that the index places there.
  if (!contents || !contents->sealed) {
    note_evicted(shared_.index.erase_segment(place(victim.slot, 0, Place::Verified::kNo)));
  }
  shared_.directory.release(drive_, victim.slot);
  return {};
}

Result<> SegmentLog::evict_record(const Stored& victim, const TableEntry& entry, std::uint64_t& budget) {
  const Place here = place(victim.slot, entry.offset, Place::Verified::kNo);
  bool found = false;
  bool requested = false;
  shared_.index.visit(entry.key, [&](const Place& now) {
    found = now.same_place(here);
    requested = now.requested();
  });
  if (!found) return {};
  // The new segment keeps half of its room for what it was begun for, however many old ones go.
  const bool affordable =
      entry.length + kBlockSize <= budget && writer_ && writer_->size_with(entry.length) <= segment_size_ / 2;
  // In a new segment it would look new.
  const bool outdated =
      entry.key.number == kMetaSlice && !shared_.epochs.now()->relies_on(entry.key, victim.segment->identity());
  if (requested && affordable && !outdated) {
    TRY(const bool kept, reinsert(victim, entry, here));
    if (kept) {
      budget -= entry.length + kBlockSize;
      return {};
    }
  }
  if (shared_.index.erase_at(entry.key, here)) note_evicted(1);
  return {};
}

// False: it was not kept. Its request mark is gone with its old place: it has to be asked for again to stay once more.
Result<bool> SegmentLog::reinsert(const Stored& victim, const TableEntry& entry, Place from) {
  std::vector<std::byte> bytes;
  shared_.index.mark_unverified(entry.key, from);
  auto record = read_record(shared_.disk, *victim.segment, entry.offset, entry.key, &bytes);
  if (!record) {
    if (record.error().code != Errc::kCorrupt) return std::unexpected(record.error());
    counters_.corrupt_slices.fetch_add(1, std::memory_order_relaxed);
    shared_.log.write_limited(Level::kWarning, "corrupt slice dropped", [&](JsonLine& line) {
      line.add("path", folder_.segment_path(victim.id)).add("reason", record.error().text);
    });
    return false;
  }
  const auto offset = writer_->append(entry.key, bytes);
  if (!offset) {
    if (offset.error().code != Errc::kNoSpace) return std::unexpected(offset.error());
    return false;
  }
  if (shared_.index.move(entry.key, from, place(writer_slot_, *offset, Place::Verified::kYes))) {
    counters_.reinserted_slices.fetch_add(1, std::memory_order_relaxed);
  }
  return true;
}

// From the oldest on, as they are evicted: all of a large drive's would be too many to look at.
void SegmentLog::forget_evicted() {
  while (!stored_.empty()) {
    const Stored& oldest = stored_.front();
    if (oldest.segment && !shared_.disk.is_removed(oldest.segment->descriptor())) return;
    if (oldest.segment) {
      shared_.index.erase_segment(place(oldest.slot, 0, Place::Verified::kNo));
      shared_.directory.release(drive_, oldest.slot);
      const std::lock_guard lock(sealed_mutex_);
      sealed_.pop_front();
    }
    stored_.pop_front();
  }
}

void SegmentLog::forget() {
  shared_.index.erase_drive(drive_);
  for (const Stored& stored : stored_) {
    if (stored.segment) shared_.directory.release(drive_, stored.slot);
  }
  if (writer_) shared_.directory.release(drive_, writer_slot_);
  writer_.reset();
  {
    const std::lock_guard lock(sealed_mutex_);
    sealed_.clear();
  }
  stored_.clear();
  stored_bytes_ = 0;
  publish_counters();
}

void SegmentLog::publish_counters() {
  counters_.used.store(stored_bytes_ + (writer_ ? writer_->size() : 0), std::memory_order_relaxed);
  counters_.segments.store(stored_.size() + (writer_ ? 1 : 0), std::memory_order_relaxed);
}

}  // namespace larder::storage
