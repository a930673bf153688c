#include "storage/drive.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "storage/drive_choice.h"

namespace larder::storage {
namespace {

// What the queue holds of a slice beside its bytes, so that tiny ones are bounded too.
constexpr std::uint64_t kJobOverhead = 256;
// What finds no room in the queue erases what it was to replace.
constexpr std::uint64_t kRoomForErasing = kMiB;
constexpr std::size_t kMostOwed = 65'536;

}  // namespace

Drive::Drive(const DriveConfig& config, unsigned number, SegmentLog::Shared shared, const Clock& clock,
             std::uint64_t queue_limit)
    : config_(config), number_(number), shared_(shared), clock_(clock), queue_limit_(queue_limit) {}

Drive::~Drive() { stop(); }

void Drive::stop() {
  end_writing();
  tell_of_debts();
}

void Drive::tell_of_debts() {
  const std::lock_guard lock(mutex_);
  if (owed_.empty() || failed()) return;
  shared_.log.write(Level::kWarning, "what is outdated on a drive could not be written down; it may count again",
                    [&](JsonLine& line) { line.add("drive", config_.path).add("descriptions", owed_.size()); });
}

void Drive::end_writing() {
  {
    const std::lock_guard lock(mutex_);
    owed_waits_ = false;  // there may be room by now
  }
  if (!thread_.joinable()) {
    if (let_go_) return;
    while (write_next()) {
    }
    let_go();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Drive::begin_release() {
  {
    const std::lock_guard lock(mutex_);
    released_ = true;
    owed_waits_ = false;
    stopping_ = true;
  }
  changed_.notify_all();
}

bool Drive::wait_for_release(SteadyTime deadline) {
  std::unique_lock lock(mutex_);
  if (!finished_.wait_until(lock, deadline, [this] { return let_go_; })) return false;
  if (thread_.joinable()) thread_.join();  // it is at its end, and needs no lock any more
  return true;
}

void Drive::forget_evicted() {
  const std::lock_guard lock(mutex_);
  if (let_go_ && log_ && !failed()) log_->forget_evicted();
}

std::set<SliceKey> Drive::take_owed() {
  const std::lock_guard lock(mutex_);
  return failed() ? std::set<SliceKey>() : std::exchange(owed_, {});
}

void Drive::let_go() {
  if (scrubber_) scrubber_->stop();
  seal();
  if (log_) log_->unlock();
  {
    const std::lock_guard lock(mutex_);
    let_go_ = true;
  }
  finished_.notify_all();
}

Result<> Drive::open(SegmentPlan segments) {
  auto folder = DriveFolder::open(shared_.disk, config_.path);
  if (!folder) {
    if (folder.error().code == Errc::kConflict) return std::unexpected(folder.error());
    fail(folder.error().text);
    return {};
  }
  id_ = folder->id();
  choice_seed_ = storage::choice_seed(folder->id());
  if (folder->is_new()) {
    shared_.log.write(Level::kInfo, "a new drive is begun", [&](JsonLine& line) { line.add("drive", config_.path); });
  }
  if (folder->lost_segments()) {
    shared_.log.write(Level::kWarning, "the drive's folder of segments is gone, and is made anew",
                      [&](JsonLine& line) { line.add("drive", config_.path); });
  }
  log_.emplace(shared_, *std::move(folder), number_, config_.size, segments);
  if (auto surveyed = log_->survey(); !surveyed) fail(surveyed.error().text);
  return {};
}

bool Drive::is_to_be_begun() const {
  const auto identity = shared_.disk.kind(fmt::format("{}/{}", config_.path, DriveFolder::kIdentityFile));
  return identity && *identity == Disk::Kind::kNothing;
}

void Drive::note_shortage(const std::string& reason) {
  if (log_ && !failed()) log_->note_shortage(reason);
}

std::optional<Epochs::Word> Drive::word() {
  if (!log_ || failed()) return std::nullopt;
  auto word = log_->word();
  if (word) return *std::move(word);
  fail(word.error().text);
  return std::nullopt;
}

std::optional<Result<std::optional<std::string>>> Drive::kept_purges() {
  if (!log_ || failed()) return std::nullopt;
  auto text = log_->folder().read_text(shared_.disk, DriveFolder::kPurgesFile);
  if (text || text.error().code != Errc::kUnavailable) return text;
  fail(text.error().text);
  return std::nullopt;
}

void Drive::recover() {
  if (!log_ || failed()) return;
  if (auto recovered = log_->recover(); !recovered) return fail(recovered.error().text);
  scrubber_.emplace(*this, *log_, shared_, clock_);
  scrubber_->recover();
}

void Drive::bury() {
  if (log_ && !failed()) log_->bury();
}

void Drive::keep_epochs() {
  if (!log_ || failed()) return;
  auto kept = log_->keep_epochs();
  if (kept) return;
  if (kept.error().code != Errc::kNoSpace) return fail(kept.error().text);
  shared_.log.write_limited(Level::kWarning,
                            "no room to write down which drives are in use; nothing is stored until there is",
                            [&](JsonLine& line) { line.add("drive", config_.path).add("reason", kept.error().text); });
}

void Drive::keep_purges(Lock& lock) {
  const std::uint64_t version = shared_.purges.version();
  write_began_ = clock_.now();
  lock.unlock();
  Result<> kept = log_->folder().write_text(shared_.disk, DriveFolder::kPurgesFile, *shared_.purges.now());
  if (!kept && kept.error().code != Errc::kNoSpace) fail(kept.error().text);
  lock.lock();
  end_write();
  seen_purges_ = version;
  kept_purges_ = std::move(kept);
}

Result<> Drive::wait_for_purges(std::uint64_t version, SteadyTime until) {
  Lock lock(mutex_);
  const auto is_over = [&] { return failed() || let_go_ || seen_purges_ >= version; };
  if (!thread_.joinable() && !let_go_ && log_ && !is_over()) keep_purges(lock);
  if (!finished_.wait_for(lock, until - clock_.now(), is_over))
    return larder::fail(Errc::kTimeout, "it does not answer");
  if (failed()) return larder::fail(Errc::kUnavailable, "{}", failure_);
  if (seen_purges_ < version) return larder::fail(Errc::kUnavailable, "another process has it");
  return kept_purges_;
}

void Drive::start(std::uint64_t scrub_rate) {
  thread_ = std::thread([this] { run(); });
  if (scrubber_) scrubber_->start(number_, scrub_rate);
}

void Drive::put(const SliceKey& key, std::span<const std::byte> bytes, std::shared_ptr<const void> owner, Done done) {
  Job job{key, bytes, std::move(owner), std::move(done)};
  if (!enqueue(job)) decline(job.done);
}

void Drive::erase(const SliceKey& key) {
  Job job{key, {}, {}, {}, true};
  if (!enqueue(job)) owe(key);
}

void Drive::owe(const SliceKey& key) {
  {
    const std::lock_guard lock(mutex_);
    if (failed()) return;  // others know that it is, and rely on nothing of it
    const bool is_replaced = std::ranges::any_of(jobs_, [&](const Job& job) { return job.key == key; });
    if (!is_replaced) owed_.insert(key);
    if (owed_.size() <= kMostOwed) {
      changed_.notify_one();
      return;
    }
  }
  fail("it cannot write down what is outdated on it: too much has changed while it was full or hung");
}

bool Drive::enqueue(Job& job) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t size = job.bytes.size() + kJobOverhead;
  const std::uint64_t limit = queue_limit_ + (job.erases ? kRoomForErasing : 0);
  const bool is_hanging = hangs();
  if (is_hanging) say_that_it_hangs();
  if (failed() || released_ || queued_bytes_ + size > limit || is_hanging) return false;
  queued_bytes_ += size;
  ++accepted_jobs_;
  owed_.erase(job.key);  // what comes now is in its place
  jobs_.push_back(std::move(job));
  changed_.notify_one();
  return true;
}

bool Drive::has_work() const {
  if (failed()) return !jobs_.empty() || !forgotten_;
  return !jobs_.empty() || can_pay() || !has_seen_all();
}

bool Drive::has_seen_all() const {
  return seen_epochs_ == shared_.epochs.version() && seen_purges_ == shared_.purges.version();
}

bool Drive::hangs() const { return write_began_ != SteadyTime::max() && clock_.now() - write_began_ > kHang; }

std::string Drive::why_it_hangs() const {
  const auto since = std::chrono::floor<std::chrono::seconds>(clock_.now() - write_began_);
  return fmt::format("a write to it has not ended for {} s; nothing is stored on it as long as that lasts",
                     since.count());
}

void Drive::say_that_it_hangs() {
  if (std::exchange(hang_is_told_, true)) return;
  shared_.log.write(Level::kWarning, "drive hangs",
                    [&](JsonLine& line) { line.add("drive", config_.path).add("reason", why_it_hangs()); });
}

void Drive::end_write() {
  write_began_ = SteadyTime::max();
  if (!std::exchange(hang_is_told_, false)) return;
  shared_.log.write(Level::kInfo, "drive answers again", [&](JsonLine& line) { line.add("drive", config_.path); });
}

void Drive::shed_if_hanging() {
  std::deque<Job> shed;
  {
    const std::lock_guard lock(mutex_);
    if (!hangs()) return;
    say_that_it_hangs();
    shed.swap(jobs_);
    for (const Job& job : shed) queued_bytes_ -= job.bytes.size() + kJobOverhead;
    finished_jobs_ += shed.size();
  }
  finished_.notify_all();
  for (const Job& job : shed) complete(job, false);
}

void Drive::decline(const Done& done) {
  dropped_writes_.fetch_add(1, std::memory_order_relaxed);
  if (done) done(false);
}

void Drive::fail(const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    if (failed()) return;
    failure_ = reason;
    // Before anybody can take another drive for it.
    if (log_) shared_.epochs.leave(log_->folder().id(), shared_.next_segment);
    failed_.store(true, std::memory_order_release);
  }
  shared_.epochs.announce();
  shared_.log.write(Level::kError, "drive failed and is out of use until the next start",
                    [&](JsonLine& line) { line.add("drive", config_.path).add("reason", reason); });
}

void Drive::wake() {
  {
    const std::lock_guard lock(mutex_);
  }  // not between its thread's look and its sleep
  changed_.notify_one();
}

void Drive::drain() {
  std::unique_lock lock(mutex_);
  const std::uint64_t target = accepted_jobs_;
  if (!thread_.joinable() && !let_go_) {
    while (has_work()) work(lock);
  }
  finished_.wait(lock, [&] { return finished_jobs_ >= target && (failed() || let_go_ || has_seen_all()); });
}

void Drive::run() {
  pthread_setname_np(pthread_self(), fmt::format("drive {}", number_).c_str());
  {
    Lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || has_work(); });
      if (!has_work()) break;
      work(lock);
    }
  }
  let_go();
}

std::optional<bool> Drive::order_scrub(std::uint64_t rate) {
  {
    const std::lock_guard lock(mutex_);
    if (failed() || !scrubber_ || released_) return std::nullopt;
  }
  return scrubber_->order_walk(rate);
}

bool Drive::scrub_next() { return scrubber_ && scrubber_->step(true).worked; }

bool Drive::write_next() {
  Lock lock(mutex_);
  if (!has_work()) return false;
  work(lock);
  return true;
}

void Drive::work(Lock& lock) {
  if (failed() && !std::exchange(forgotten_, true)) {
    lock.unlock();
    if (log_) {
      log_->forget();
      log_->unlock();  // it may be unmounted, and another process may have it
    }
    lock.lock();
    finished_.notify_all();
    return;
  }
  if (!failed() && seen_purges_ != shared_.purges.version()) {
    keep_purges(lock);
    finished_.notify_all();
    return;
  }
  if (!failed() && seen_epochs_ != shared_.epochs.version()) {
    const std::uint64_t version = shared_.epochs.version();
    write_began_ = clock_.now();
    lock.unlock();
    keep_epochs();
    lock.lock();
    end_write();
    seen_epochs_ = version;
    finished_.notify_all();
    return;
  }
  const bool pays = !failed() && can_pay();
  Job job = take_job();
  write_began_ = clock_.now();
  lock.unlock();

  const std::uint64_t size = job.bytes.size() + kJobOverhead;
  const bool stored = store(job);
  complete(job, stored);
  job = {};  // what it holds dies before drain() returns

  lock.lock();
  end_write();
  owed_waits_ = !stored;
  if (!pays) {
    queued_bytes_ -= size;
    ++finished_jobs_;
  }
  finished_.notify_all();
}

void Drive::complete(const Job& job, bool stored) {
  if (!stored && job.erases) {
    owe(job.key);
  } else if (!stored) {
    decline(job.done);
  } else if (job.done) {
    job.done(true);
  }
}

Drive::Job Drive::take_job() {
  if (!failed() && can_pay()) {
    Job job{*owed_.begin(), {}, {}, {}, true};
    owed_.erase(owed_.begin());
    return job;
  }
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void Drive::seal() {
  if (!log_ || failed()) return;
  // Without room or a descriptor for it, the segment is walked at the next start.
  if (auto sealed = log_->seal(); !sealed && sealed.error().code != Errc::kNoSpace) fail(sealed.error().text);
}

bool Drive::store(const Job& job) {
  if (failed() || !log_) return false;
  const auto appended = job.erases ? log_->erase(job.key) : log_->append(job.key, job.bytes);
  if (!appended && appended.error().code != Errc::kNoSpace) fail(appended.error().text);
  return appended.has_value();
}

void Drive::note_corrupt(const SliceKey& key, const Segment& segment, const std::string& reason) {
  log_->counters().corrupt_slices.fetch_add(1, std::memory_order_relaxed);
  shared_.log.write_limited(Level::kWarning, "corrupt slice dropped", [&](JsonLine& line) {
    line.add("path", log_->folder().segment_path(segment.id())).add("slice", key.number).add("reason", reason);
  });
}

DriveStatus Drive::status() const {
  DriveStatus status;
  status.path = config_.path;
  status.size = config_.size;
  status.state = failed() ? "failed" : "ok";
  status.dropped_writes = dropped_writes_.load(std::memory_order_relaxed);
  bool is_hanging = false;
  {
    const std::lock_guard lock(mutex_);
    is_hanging = !failed() && hangs();
    if (failed()) status.reason = failure_;
    if (is_hanging) status.reason = why_it_hangs();
  }
  if (is_hanging) status.state = "hangs";
  if (!failed()) status.slices = shared_.index.count(number_);
  if (!log_) return status;
  if (auto shortage = log_->shortage(); shortage && status.state == "ok") {
    status.state = "no_room";
    status.reason = *std::move(shortage);
  }
  const SegmentLog::Counters& counters = log_->counters();
  status.used = counters.used.load(std::memory_order_relaxed);
  status.segments = counters.segments.load(std::memory_order_relaxed);
  status.evicted_segments = counters.evicted_segments.load(std::memory_order_relaxed);
  status.evicted_slices = counters.evicted_slices.load(std::memory_order_relaxed);
  status.reinserted_slices = counters.reinserted_slices.load(std::memory_order_relaxed);
  status.corrupt_slices = counters.corrupt_slices.load(std::memory_order_relaxed);
  if (scrubber_) status.scrub = scrubber_->status();
  return status;
}

}  // namespace larder::storage
