#include "storage/slice_store.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <thread>

#include "core/check.h"
#include "storage/drive.h"
#include "storage/drive_check.h"
#include "storage/segment.h"
#include "storage/segment_reader.h"

namespace larder::storage {
namespace {

std::uint64_t segment_size_for(std::uint64_t drive_size, std::uint64_t wanted) {
  return std::clamp(std::min(wanted, drive_size / 16), kMinSegmentSize, kMaxSegmentSize);
}

// In (0, 1], from well-mixed bits.
double unit_interval(std::uint64_t bits) { return (static_cast<double>(bits >> 11) + 1) * 0x1p-53; }

}  // namespace

SliceStore::SliceStore(Disk& disk, const Clock& clock, Log& log) : disk_(disk), clock_(clock), log_(log) {}

SliceStore::~SliceStore() = default;

Result<std::unique_ptr<SliceStore>> SliceStore::open(Options options, Disk& disk, const Clock& clock, Log& log) {
  std::unique_ptr<SliceStore> store(new SliceStore(disk, clock, log));
  TRY_VOID(store->open_drives(options));

  if (options.writing == Writing::kBySteps) {
    for (const auto& drive : store->drives_) drive->recover();
    return store;
  }
  std::vector<std::thread> recoveries;
  for (const auto& drive : store->drives_) recoveries.emplace_back([&drive] { drive->recover(); });
  for (std::thread& recovery : recoveries) recovery.join();
  for (const auto& drive : store->drives_) drive->start();
  return store;
}

Result<> SliceStore::open_drives(const Options& options) {
  std::vector<DriveConfig> sound;
  for (const DriveConfig& config : options.drives) {
    const auto number = static_cast<unsigned>(drives_.size());
    if (number == Place::kMaxDrives) break;  // check_drives_apart() says so
    drives_.push_back(std::make_unique<Drive>(
        config, number, SegmentLog::Shared{disk_, log_, index_, directory_, next_segment_, failed_drives_}, clock_,
        options.write_queue_limit));
    auto checked = check_drive(config, disk_);
    if (checked) {
      sound.push_back(config);
    } else if (checked.error().code == Errc::kUnavailable) {
      drives_.back()->fail(checked.error().text);
    } else {
      return checked;
    }
  }
  if (options.drives.size() > Place::kMaxDrives) return check_drives_apart(options.drives, disk_);
  TRY_VOID(check_drives_apart(sound, disk_));
  for (std::size_t i = 0; i < drives_.size(); ++i) {
    if (drives_[i]->failed()) continue;
    TRY_VOID(drives_[i]->open(segment_size_for(options.drives[i].size, options.segment_size)));
  }
  return {};
}

Result<StoredSlice> SliceStore::find(const SliceKey& key) {
  StoredSlice slice;
  index_.visit(key, [&](Place& place) {
    if (drives_[place.drive()]->failed()) return;
    place.mark_requested();
    slice = StoredSlice(directory_.at(place), key, place.offset(), place.verified());
  });
  if (!slice.segment_) return fail(Errc::kNotFound, "not stored");
  return slice;
}

int StoredSlice::descriptor() const { return segment_->descriptor(); }

StoredSlice SliceStore::pin(const SliceKey& key) {
  StoredSlice slice;
  index_.visit(key, [&](const Place& place) {
    if (!drives_[place.drive()]->failed()) {
      slice = StoredSlice(directory_.at(place), key, place.offset(), place.verified());
    }
  });
  return slice;
}

bool SliceStore::contains(const SliceKey& key) const {
  bool usable = false;
  index_.visit(key, [&](const Place& place) { usable = !drives_[place.drive()]->failed(); });
  return usable;
}

// Weighted rendezvous hashing: every drive draws a number from the key, larger drives draw higher; the highest takes
// the slice. A drive that fails leaves the choice of all other keys as it was.
Drive* SliceStore::choose_drive(const SliceKey& key) const {
  Drive* best = nullptr;
  double best_score = 0;
  const SliceIndex::Hash hash = SliceIndex::hash(key);
  for (const auto& drive : drives_) {
    if (drive->failed()) continue;
    // hash.tag is well mixed; one more multiplication each way makes its draws for two drives independent enough.
    const std::uint64_t drawn = (hash.tag.high ^ drive->choice_seed()) * 0xD6E8'FEB8'6659'FD93;
    const double score =
        -static_cast<double>(drive->size()) / std::log(unit_interval((drawn ^ (drawn >> 32)) * 0xD6E8'FEB8'6659'FD93));
    if (best != nullptr && score <= best_score) continue;
    best = drive.get();
    best_score = score;
  }
  return best;
}

void SliceStore::put(const SliceKey& key, std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                     std::function<void(bool stored)> done) {
  CHECK(bytes.size() <= kSliceSize, "a slice is at most kSliceSize");
  Drive* drive = choose_drive(key);
  if (drive != nullptr) {
    drive->put(key, bytes, std::move(owner), std::move(done));
  } else if (done) {
    done(false);
  }
}

void SliceStore::shed_hanging_writes() {
  for (const auto& drive : drives_) drive->shed_if_hanging();
}

Result<> SliceStore::load(const SliceKey& key) { return read_into(key, nullptr); }

Result<std::vector<std::byte>> SliceStore::read(const SliceKey& key) {
  std::vector<std::byte> bytes;
  TRY_VOID(read_into(key, &bytes));
  return bytes;
}

Result<> SliceStore::read_into(const SliceKey& key, std::vector<std::byte>* into) {
  const StoredSlice slice = pin(key);
  if (!slice.segment_) return fail(Errc::kNotFound, "not stored");
  Drive& drive = *drives_[slice.segment_->drive()];
  // The pin keeps the segment's slot from meaning another segment only while the entry is there: compare both.
  const auto still_there = [&](const Place& place) {
    return place.offset() == slice.offset_ && directory_.at(place) == slice.segment_;
  };
  const auto record = read_record(disk_, *slice.segment_, slice.offset_, key, into);
  if (record) {
    index_.visit(key, [&](Place& place) {
      if (still_there(place)) place.mark_verified();
    });
    return {};
  }
  if (record.error().code == Errc::kCorrupt) {
    index_.erase_if_at(key, still_there);
    drive.note_corrupt(key, *slice.segment_, record.error().text);
    return fail(Errc::kCorrupt, "{}", record.error().text);
  }
  drive.fail(record.error().text);
  return fail(Errc::kUnavailable, "{}", record.error().text);
}

bool SliceStore::resident(const StoredSlice& slice, std::uint32_t begin, std::uint32_t end) const {
  return begin >= end || disk_.resident(slice.descriptor(), slice.offset() + begin, end - begin);
}

bool SliceStore::write_next(std::size_t drive) { return drives_.at(drive)->write_next(); }

void SliceStore::erase(const SliceKey& key) { index_.erase(key); }

void SliceStore::report_read_error(const StoredSlice& slice, int error_number) {
  CHECK(slice.segment_ != nullptr, "a slice that was read is a slice");
  index_.erase_if_at(slice.key_, [&](const Place& place) {
    return place.offset() == slice.offset_ && directory_.at(place) == slice.segment_;
  });
  drives_[slice.segment_->drive()]->fail(disk_error(error_number, "a reader could not read", "").error().text);
}

std::vector<DriveStatus> SliceStore::status() const {
  std::vector<DriveStatus> all;
  for (const auto& drive : drives_) all.push_back(drive->status());
  return all;
}

std::uint64_t SliceStore::index_bytes() const { return index_.bytes(); }

void SliceStore::drain() {
  for (const auto& drive : drives_) drive->drain();
}

}  // namespace larder::storage
