#include "storage/scrubber.h"

#include <linux/ioprio.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/check.h"
#include "storage/drive.h"
#include "storage/segment_reader.h"

namespace larder::storage {
namespace {

constexpr auto kKeepEvery = std::chrono::minutes(1);
constexpr auto kLookEvery = std::chrono::minutes(1);  // whether a walk is due
constexpr int kLeastPriority = 19;

// Hints: not every scheduler of every device knows them.
void give_way_to_others() {
  constexpr int kOfThisThread = 0;
  ::syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, kOfThisThread, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLeastPriority);
}

std::vector<ScrubWalk::Segment> walkable(const std::vector<SegmentLog::Sealed>& sealed) {
  std::vector<ScrubWalk::Segment> segments;
  segments.reserve(sealed.size());
  for (const SegmentLog::Sealed& one : sealed) segments.push_back({one.segment->id(), one.size});
  return segments;
}

}  // namespace

Scrubber::Scrubber(Drive& drive, SegmentLog& log, SegmentLog::Shared shared, const Clock& clock)
    : drive_(drive), log_(log), shared_(shared), clock_(clock) {}

Scrubber::~Scrubber() { stop(); }

void Scrubber::recover() {
  const auto text = log_.folder().read_text(shared_.disk, DriveFolder::kScrubFile);
  if (!text || !*text) return;
  if (auto walk = ScrubWalk::parse(**text)) walk_ = *walk;
  publish(walkable(log_.sealed()));
}

void Scrubber::start(unsigned number, std::uint64_t rate) {
  {
    const std::lock_guard lock(mutex_);
    rate_ = status_.rate = rate;
  }
  thread_ = std::thread([this, number] {
    pthread_setname_np(pthread_self(), fmt::format("scrub {}", number).c_str());
    run();
  });
}

bool Scrubber::order_walk(std::uint64_t rate) {
  bool had_one = false;
  {
    const std::lock_guard lock(mutex_);
    had_one = status_.under_way;
    order_ = rate > 0 ? rate : rate_ > 0 ? rate_ : kOrderedRate;
    status_.rate = *order_;
    status_.under_way = true;
  }
  changed_.notify_all();
  return had_one;
}

void Scrubber::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Scrubber::sleep(std::unique_lock<std::mutex>& lock, SteadyTime next) {
  const auto is_called = [this] { return stopping_ || order_.has_value(); };
  if (next == SteadyTime::max()) {
    changed_.wait(lock, is_called);
  } else {
    changed_.wait_for(lock, next - clock_.now(), is_called);
  }
  return !stopping_;
}

void Scrubber::run() {
  give_way_to_others();
  std::unique_lock lock(mutex_);
  std::uint64_t rate = rate_;
  SteadyTime next = rate > 0 ? ScrubPace(rate).first(clock_.now()) : SteadyTime::max();
  while (sleep(lock, next) && !drive_.failed()) {
    const bool ordered = order_.has_value();
    rate = std::exchange(order_, std::nullopt).value_or(rate);
    lock.unlock();
    const SteadyTime began = clock_.now();
    const Step done = step(ordered);
    const SteadyTime now = clock_.now();
    lock.lock();
    if (done.worked) {
      next = ScrubPace(rate).next(done.bytes, began, now);
    } else {
      rate = rate_;
      next = rate > 0 ? now + kLookEvery : SteadyTime::max();
    }
    if (order_) continue;
    status_.rate = rate;
    status_.under_way = done.worked;
  }
  status_.under_way = false;
  lock.unlock();
  if (!drive_.failed()) keep_state(true);
}

Scrubber::Step Scrubber::step(bool at_once) {
  if (drive_.failed()) return {};
  if (!segment_ && !enter_next_segment(at_once)) return {};
  const auto read = next_scrub_read(entries_, at_, [this](const TableEntry& entry) { return is_live(entry); });
  if (!read) {
    leave_segment();
    return {true, 0};
  }
  at_ = read->end;
  return {true, check(*read)};
}

bool Scrubber::enter_next_segment(bool at_once) {
  const auto sealed = log_.sealed();
  const auto there = walkable(sealed);
  if (!walk_.under_way()) {
    if (there.empty() || !(at_once || walk_.due(clock_.wall()))) return false;
    walk_.begin(there, clock_.wall());
  }
  const auto next = walk_.next(there);
  if (!next) {
    walk_.end(clock_.wall());
    keep_state(true);
    publish(there);
    // Until the next walk, which is hours away.
    buffer_.reset();
    entries_ = {};
    return false;
  }
  publish(there);
  segment_ = std::ranges::find(sealed, *next, [](const SegmentLog::Sealed& one) { return one.segment->id(); })->segment;
  entries_.clear();
  at_ = 0;
  auto contents = read_segment_alone(shared_.disk, segment_->descriptor(), segment_->identity());
  const bool harmless = contents || contents.error().code == Errc::kCorrupt || contents.error().code == Errc::kRefused;
  if (!harmless) drive_.fail(contents.error().text);
  const std::string damage = contents ? contents->damage : contents.error().text;
  if (!damage.empty()) {
    shared_.log.write(Level::kWarning, "segment found damaged by the scrubber", [&](JsonLine& line) {
      line.add("path", log_.folder().segment_path(segment_->id())).add("reason", damage);
    });
  }
  if (contents) entries_ = std::move(contents->entries);
  return true;
}

void Scrubber::leave_segment() {
  walk_.pass(segment_->id());
  segment_.reset();
  keep_state(false);
}

bool Scrubber::is_at(const Place& place, const TableEntry& entry) const {
  return place.offset() == entry.offset && shared_.directory.at(place) == segment_;
}

// What was replaced or evicted needs no comparing.
bool Scrubber::is_live(const TableEntry& entry) const {
  bool live = false;
  shared_.index.visit(entry.key, [&](const Place& place) { live = is_at(place, entry); });
  return live;
}

// Some file systems read into the page cache all the same, and nobody sends from there what is not compared yet.
// Whoever asks for what is not in memory compares it anyway.
void Scrubber::expect_to_be_read(const TableEntry& entry) {
  if (shared_.disk.resident(segment_->descriptor(), entry.offset, entry.length)) return;
  shared_.index.visit(entry.key, [&](Place& place) {
    if (is_at(place, entry)) place.mark_unverified();
  });
}

std::uint64_t Scrubber::check(const ScrubRead& read) {
  if (!buffer_) buffer_.reset(static_cast<std::byte*>(std::aligned_alloc(kPageSize, ScrubRead::kMost)));
  CHECK(buffer_ != nullptr, "out of memory");
  const std::span bytes(buffer_.get(), read.length);
  for (std::size_t i = read.first; i < read.end; ++i) expect_to_be_read(entries_[i]);
  const auto count = shared_.disk.read_device(segment_->descriptor(), bytes, read.offset);
  if (!count) {
    drive_.fail(count.error().text);
    return 0;
  }
  for (std::size_t i = read.first; i < read.end; ++i) {
    const std::uint64_t header = entries_[i].offset - kBlockSize - read.offset;
    check_entry(entries_[i], bytes.first(*count).subspan(std::min<std::uint64_t>(header, *count)));
  }
  const std::lock_guard lock(mutex_);
  status_.bytes += *count;
  status_.slices += read.end - read.first;
  return read.length;
}

void Scrubber::check_entry(const TableEntry& entry, std::span<const std::byte> bytes) {
  const auto record = check_record(bytes, segment_->identity(), entry.key);
  if (record) return;
  const bool dropped = shared_.index.erase_if_at(entry.key, [&](const Place& place) { return is_at(place, entry); });
  if (!dropped) return;
  drive_.note_corrupt(entry.key, *segment_, record.error().text);
  const std::lock_guard lock(mutex_);
  ++status_.bad_slices;
}

// Only how far it came is lost if it cannot be written.
void Scrubber::keep_state(bool now) {
  const SteadyTime time = clock_.now();
  if (!now && time - kept_ < kKeepEvery) return;
  kept_ = time;
  static_cast<void>(log_.folder().write_text(shared_.disk, DriveFolder::kScrubFile, walk_.serialize()));
}

void Scrubber::publish(std::span<const ScrubWalk::Segment> there) {
  const std::lock_guard lock(mutex_);
  status_.percent = walk_.percent(there);
  status_.last_end = walk_.last_end();
}

ScrubStatus Scrubber::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace larder::storage
