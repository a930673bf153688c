#include "storage/slice_store.h"

#include <algorithm>
#include <array>
#include <thread>

#include "core/check.h"
#include "storage/drive.h"
#include "storage/drive_choice.h"
#include "storage/known_drives.h"
#include "storage/segment.h"
#include "storage/segment_count.h"
#include "storage/segment_reader.h"

namespace larder::storage {
namespace {

std::vector<SegmentPlan> plan_segments(const SliceStore::Options& options) {
  std::vector<SegmentPlan> plans;
  std::vector<SegmentCount> counts;
  for (const DriveConfig& drive : options.drives) {
    plans.push_back({.size = segment_size_for(drive.size, options.segment_size)});
    counts.push_back(count_segments(drive.size, plans.back().size));
  }
  const std::vector<std::size_t> shares = share_segments(counts, options.segments);
  for (std::size_t i = 0; i < plans.size(); ++i) plans[i].most = shares[i];
  return plans;
}

}  // namespace

SliceStore::SliceStore(Disk& disk, const Clock& clock, Log& log) : disk_(disk), clock_(clock), log_(log) {}

// All are stopped before the first goes: one that fails meanwhile tells the others.
SliceStore::~SliceStore() {
  for (const auto& drive : drives_) drive->stop();
}

Result<std::unique_ptr<SliceStore>> SliceStore::open(Options options, Disk& disk, const Clock& clock, Log& log) {
  std::unique_ptr<SliceStore> store(new SliceStore(disk, clock, log));
  store->state_ = options.state;
  TRY_VOID(store->open_drives(options));
  store->recall_purges();
  store->begin_epoch();
  store->recover(options.writing);
  store->epochs_.on_change([&drives = store->drives_] {
    for (const auto& drive : drives) drive->wake();
  });
  if (options.writing == Writing::kThreads) {
    for (const auto& drive : store->drives_) drive->start(options.scrub_rate);
  }
  return store;
}

// Each drive writes it down first of all, without holding the start up: SegmentLog::open_segment() waits for it.
void SliceStore::begin_epoch() {
  std::vector<Epochs::Word> words;
  for (const auto& drive : drives_) {
    if (auto word = drive->word()) words.push_back(*std::move(word));
  }
  Epochs epochs = Epochs::at_start(words, next_segment_.load());
  next_segment_ = std::max(next_segment_.load(), epochs.first_segment());
  const bool goes_on = std::ranges::any_of(words, [&](const Epochs::Word& word) {
    return word.kind == Epochs::Word::Kind::kEpochs && word.epochs.back().drives == epochs.all().back().drives &&
           word.epochs.back().first_segment == epochs.first_segment();
  });
  if (!goes_on && next_segment_ > 1) {
    log_.write(Level::kInfo, "drives have come, gone or changed in size; what may be outdated is asked for again",
               [&](JsonLine& line) { line.add("drives", words.size()); });
  }
  epochs_.start(std::move(epochs));
}

void SliceStore::recover(Writing writing) {
  if (writing == Writing::kBySteps) {
    for (const auto& drive : drives_) drive->recover();
  } else {
    // The first one by this thread: what it lets go of is taken again for the rest of the start.
    std::vector<std::thread> recoveries;
    for (std::size_t i = 1; i < drives_.size(); ++i) recoveries.emplace_back([this, i] { drives_[i]->recover(); });
    if (!drives_.empty()) drives_.front()->recover();
    for (std::thread& recovery : recoveries) recovery.join();
  }
  for (const auto& drive : drives_) drive->bury();
}

Result<> SliceStore::open_drives(const Options& options) {
  const std::vector<DriveProblem> problems = check_drives(options.drives, disk_, options.state);
  const auto mistake = std::ranges::find(problems, DriveProblem::Kind::kMistake, &DriveProblem::kind);
  if (mistake != problems.end()) {
    return fail(Errc::kInvalid, "drive {}: {}", options.drives[mistake->drive].path, mistake->text);
  }
  for (const DriveConfig& config : options.drives) {
    const auto number = static_cast<unsigned>(drives_.size());
    drives_.push_back(std::make_unique<Drive>(
        config, number, SegmentLog::Shared{disk_, log_, index_, directory_, next_segment_, epochs_, purges_}, clock_,
        options.write_queue_limit));
  }
  for (const DriveProblem& problem : problems) {
    if (problem.kind == DriveProblem::Kind::kOut) drives_[problem.drive]->fail(problem.text);
    if (problem.kind != DriveProblem::Kind::kOther) continue;
    log_.write(Level::kWarning, "another drive than before", [&](JsonLine& line) {
      line.add("path", options.drives[problem.drive].path).add("reason", problem.text);
    });
  }
  const std::vector<SegmentPlan> plans = plan_segments(options);
  const SteadyTime until = clock_.now() + options.lock_patience.value_or(SteadyTime::duration::zero());
  for (std::size_t i = 0; i < drives_.size(); ++i) {
    if (drives_[i]->failed()) continue;
    if (drives_[i]->is_to_be_begun()) {
      const std::string trouble = try_to_note(options.state);
      if (!trouble.empty()) {
        drives_[i]->fail("it is not begun as a drive, as that cannot be noted: " + trouble);
        continue;
      }
    }
    TRY_VOID(open_drive(*drives_[i], plans[i], options, until));
  }
  for (const DriveProblem& problem : problems) {
    if (problem.kind == DriveProblem::Kind::kRoom) drives_[problem.drive]->note_shortage(problem.text);
  }
  if (!options.state.empty()) note_drives(options.state);
  return {};
}

// A process that ends gives its locks up a moment after all that it has closed before, and one that lets go of its
// drives writes first what waits, however slow they are.
Result<> SliceStore::open_drive(Drive& drive, SegmentPlan plan, const Options& options, SteadyTime until) {
  constexpr auto kBetweenTrials = std::chrono::milliseconds(20);
  auto opened = drive.open(plan);
  while (!opened && options.lock_patience && clock_.now() < until) {
    std::this_thread::sleep_for(kBetweenTrials);
    opened = drive.open(plan);
  }
  if (opened || !options.lock_patience) return opened;
  drive.fail(opened.error().text);
  return {};
}

/// Before new drives are begun: whether they can be noted. "": they can.
std::string SliceStore::try_to_note(const std::string& state) {
  if (state.empty()) return "";
  auto known = KnownDrives::read(disk_, state);
  if (!known) return known.error().text;
  const auto written = known->write(disk_, state);
  return written ? "" : written.error().text;
}

// Before anything is stored on them.
void SliceStore::note_drives(const std::string& state) {
  auto known = KnownDrives::read(disk_, state);
  bool any_news = false;
  for (const auto& drive : drives_) {
    const auto id = drive->id();
    if (known && id) any_news |= known->note(drive->config().path, *id);
  }
  if (known && !any_news) return;
  const Result<> written = known ? known->write(disk_, state) : std::unexpected<Error>(known.error());
  if (written) return;
  log_.write(Level::kWarning, "the list of this node's drives cannot be kept, and no new drive is begun",
             [&](JsonLine& line) { line.add("reason", written.error().text); });
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

// The same as in Epochs::relies_on().
Drive* SliceStore::choose_drive(const SliceKey& key) const {
  Drive* best = nullptr;
  double best_draw = 0;
  const SliceIndex::Hash hash = SliceIndex::hash(key);
  for (const auto& drive : drives_) {
    if (drive->failed()) continue;
    const double draw = draw_for(hash, drive->choice_seed(), drive->size());
    if (best != nullptr && draw <= best_draw) continue;
    best = drive.get();
    best_draw = draw;
  }
  return best;
}

void SliceStore::put(const SliceKey& key, std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                     std::function<void(bool stored)> done) {
  CHECK(bytes.size() <= kSliceSize, "a slice is at most kSliceSize");
  if (key.number == kMetaSlice) {
    // What it is to replace is not found any more from now on: not while the new one waits in a queue, and not after a
    // restart if it finds no place.
    index_.erase(key);
    done = [this, key, done = std::move(done)](bool stored) {
      if (!stored) erase(key);
      if (done) done(stored);
    };
  }
  Drive* drive = choose_drive(key);
  if (drive != nullptr) {
    drive->put(key, bytes, std::move(owner), std::move(done));
  } else if (done) {
    done(false);
  }
}

bool SliceStore::has_drives() const {
  return std::ranges::any_of(drives_, [](const auto& drive) { return !drive->failed(); });
}

std::uint64_t SliceStore::capacity() const {
  std::uint64_t sum = 0;
  for (const auto& drive : drives_) sum += drive->failed() ? 0 : drive->config().size;
  return sum;
}

void SliceStore::shed_hanging_writes() {
  for (const auto& drive : drives_) drive->shed_if_hanging();
}

Result<> SliceStore::load(const SliceKey& key) {
  const StoredSlice slice = pin(key);
  if (!slice.segment_) return fail(Errc::kNotFound, "not stored");
  if (slice.verified() && at_hand(slice)) return {};  // others have just loaded it
  // From now on the page cache may hold bytes of it that nobody has compared.
  index_.visit(key, [&](Place& place) {
    if (still_at(place, slice)) place.mark_unverified();
  });
  return read_into(slice, nullptr);
}

Result<std::vector<std::byte>> SliceStore::read(const SliceKey& key) {
  const StoredSlice slice = pin(key);
  if (!slice.segment_) return fail(Errc::kNotFound, "not stored");
  std::vector<std::byte> bytes;
  TRY_VOID(read_into(slice, &bytes));
  return bytes;
}

Result<Description> SliceStore::read_description(const ObjectId& url) {
  const SliceKey key{url, kMetaSlice};
  const StoredSlice slice = pin(key);
  if (!slice.segment_) return fail(Errc::kNotFound, "not stored");
  Description description;
  TRY_VOID(read_into(slice, &description.bytes));
  description.current =
      !all_doubted_.load(std::memory_order_relaxed) && epochs_.now()->relies_on(key, slice.segment_->identity());
  return description;
}

bool SliceStore::still_at(const Place& place, const StoredSlice& slice) const {
  // The pin keeps the segment's slot from meaning another segment only while the entry is there: compare both.
  return place.offset() == slice.offset_ && directory_.at(place) == slice.segment_;
}

Result<> SliceStore::read_into(const StoredSlice& slice, std::vector<std::byte>* into) {
  Drive& drive = *drives_[slice.segment_->drive()];
  const auto still_there = [&](const Place& place) { return still_at(place, slice); };
  const std::uint64_t header_at = slice.offset_ - kBlockSize;
  const bool header_was_cached = disk_.resident(slice.descriptor(), header_at, kBlockSize);
  const auto record = read_record(disk_, *slice.segment_, slice.offset_, slice.key_, into);
  if (record) {
    // What shares pages with others and is not to be sent from there: nobody has compared the others' bytes.
    const std::uint64_t pages_end = into != nullptr ? slice.offset_ + record->length : slice.offset_;
    const bool alone = into != nullptr || slice.offset_ % kPageSize == 0;
    if (!header_was_cached && alone) disk_.drop_cached(slice.descriptor(), header_at, pages_end - header_at);
    index_.visit(slice.key_, [&](Place& place) {
      if (still_there(place)) place.mark_verified();
    });
    return {};
  }
  if (record.error().code == Errc::kCorrupt) {
    index_.erase_if_at(slice.key_, still_there);
    drive.note_corrupt(slice.key_, *slice.segment_, record.error().text);
    return fail(Errc::kCorrupt, "{}", record.error().text);
  }
  drive.fail(record.error().text);
  return fail(Errc::kUnavailable, "{}", record.error().text);
}

bool SliceStore::resident(const StoredSlice& slice, std::uint32_t begin, std::uint32_t end) const {
  if (begin >= end) return true;
  const bool may_be_short = slice.offset() % kPageSize != 0 || end < kPageAlignedFrom;
  if (!may_be_short) return disk_.resident(slice.descriptor(), slice.offset() + begin, end - begin);

  const std::uint64_t at = slice.offset() - kBlockSize;
  if (!disk_.resident(slice.descriptor(), at, kBlockSize + end)) return false;
  // Made when a thread first comes here: an array would be part of every thread's stack, and touched with it.
  thread_local std::vector<std::byte> buffer(kBlockSize + kPageAlignedFrom);
  const auto bytes = std::span(buffer).first(kBlockSize + end);
  const auto count = disk_.read_at(slice.descriptor(), bytes, at);
  const auto header = parse_record_header(bytes.first(count ? *count : 0));
  if (!header) return false;
  if (header->length >= kPageAlignedFrom) return true;
  if (header->length > end) return at_hand(slice);  // the checksum is of all of it
  return check_record(bytes.first(*count), slice.segment_->identity(), slice.key_).has_value();
}

std::optional<RecordHeader> SliceStore::header_at_hand(const StoredSlice& slice) const {
  const std::uint64_t at = slice.offset_ - kBlockSize;
  Block block{};
  if (!disk_.resident(slice.descriptor(), at, block.size())) return std::nullopt;
  const auto count = disk_.read_at(slice.descriptor(), block, at);
  if (!count || *count < block.size()) return std::nullopt;
  const auto header = parse_record_header(block);
  if (!header) return std::nullopt;
  return *header;
}

// All of it in memory, and as it was stored as far as a load of others may have brought parts of it there.
bool SliceStore::at_hand(const StoredSlice& slice) const {
  const auto header = header_at_hand(slice);
  if (!header || !disk_.resident(slice.descriptor(), slice.offset_, header->length)) return false;
  if (header->length >= kPageAlignedFrom) return true;
  std::array<std::byte, kBlockSize + kPageAlignedFrom> record{};
  const auto bytes = std::span(record).first(kBlockSize + header->length);
  const auto count = disk_.read_at(slice.descriptor(), bytes, slice.offset_ - kBlockSize);
  return count && check_record(bytes.first(*count), slice.segment_->identity(), slice.key_);
}

bool SliceStore::write_next(std::size_t drive) { return drives_.at(drive)->write_next(); }

SliceStore::ScrubOrder SliceStore::order_scrub(std::size_t drive, std::uint64_t rate) {
  const auto had_one = drives_.at(drive)->order_scrub(rate);
  if (!had_one) return ScrubOrder::kOut;
  return *had_one ? ScrubOrder::kUnderWay : ScrubOrder::kBegun;
}

bool SliceStore::scrub_next(std::size_t drive) { return drives_.at(drive)->scrub_next(); }

void SliceStore::erase(const SliceKey& key) {
  index_.erase(key);
  if (key.number != kMetaSlice) return;
  if (released_.load(std::memory_order_acquire)) return outdated_(key.object);
  // Or the next start would find it again. It may be in a queue yet, unknown to the index.
  if (Drive* drive = choose_drive(key)) drive->erase(key);
  // Released meanwhile, its drive may have declined it, and said already what it owes.
  if (released_.load(std::memory_order_acquire)) outdated_(key.object);
}

void SliceStore::report_read_error(const StoredSlice& slice, int error_number) {
  CHECK(slice.segment_ != nullptr, "a slice that was read is a slice");
  index_.erase_if_at(slice.key_, [&](const Place& place) { return still_at(place, slice); });
  drives_[slice.segment_->drive()]->fail(disk_error(error_number, "a reader could not read", "").error().text);
}

std::vector<std::string> SliceStore::release(SteadyTime deadline, std::function<void(const ObjectId& url)> outdated) {
  outdated_ = std::move(outdated);
  released_.store(true, std::memory_order_release);
  for (const auto& drive : drives_) drive->begin_release();
  std::vector<std::string> kept;
  for (const auto& drive : drives_) {
    if (!drive->wait_for_release(deadline)) {
      kept.push_back(drive->config().path);
      continue;
    }
    for (const SliceKey& key : drive->take_owed()) outdated_(key.object);
  }
  return kept;
}

void SliceStore::forget_evicted() {
  for (const auto& drive : drives_) drive->forget_evicted();
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
