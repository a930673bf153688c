#include "storage/drive.h"

#include <pthread.h>

#include <cstring>
#include <utility>

namespace larder::storage {
namespace {

// What the queue holds of a slice beside its bytes, so that tiny ones are bounded too.
constexpr std::uint64_t kJobOverhead = 256;

// The device failed, as opposed to: the configuration is wrong, or it is full.
bool is_device_failure(const Error& error) {
  return error.code == Errc::kUnavailable || error.code == Errc::kCancelled || error.code == Errc::kTimeout;
}

}  // namespace

Drive::Drive(const DriveConfig& config, unsigned number, SegmentLog::Shared shared, const Clock& clock,
             std::uint64_t queue_limit)
    : config_(config), number_(number), shared_(shared), clock_(clock), queue_limit_(queue_limit) {}

Drive::~Drive() {
  if (!thread_.joinable()) {
    while (write_next()) {
    }
    seal();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<> Drive::open(std::uint64_t segment_size) {
  auto folder = DriveFolder::open(shared_.disk, config_.path);
  if (!folder) {
    if (!is_device_failure(folder.error())) return std::unexpected(folder.error());
    fail(folder.error().text);
    return {};
  }
  std::memcpy(&choice_seed_, folder->id().data(), sizeof choice_seed_);
  log_.emplace(shared_, *std::move(folder), number_, config_.size, segment_size);
  return {};
}

void Drive::recover() {
  if (!log_) return;
  if (auto recovered = log_->recover(); !recovered) fail(recovered.error().text);
}

void Drive::start() {
  thread_ = std::thread([this] { run(); });
}

void Drive::put(const SliceKey& key, std::span<const std::byte> bytes, std::shared_ptr<const void> owner, Done done) {
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t size = bytes.size() + kJobOverhead;
    if (!failed() && queued_bytes_ + size <= queue_limit_ && !hangs()) {
      queued_bytes_ += size;
      ++accepted_jobs_;
      jobs_.push_back({key, bytes, std::move(owner), std::move(done)});
      changed_.notify_one();
      return;
    }
  }
  decline(done);
}

bool Drive::hangs() const { return write_began_ != SteadyTime::max() && clock_.now() - write_began_ > kHang; }

void Drive::shed_if_hanging() {
  std::deque<Job> shed;
  {
    const std::lock_guard lock(mutex_);
    if (!hangs()) return;
    shed.swap(jobs_);
    for (const Job& job : shed) queued_bytes_ -= job.bytes.size() + kJobOverhead;
    finished_jobs_ += shed.size();
  }
  finished_.notify_all();
  for (const Job& job : shed) decline(job.done);
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
    shared_.failed_drives.fetch_add(1);  // before anybody can take another drive for it
    failed_.store(true, std::memory_order_release);
  }
  changed_.notify_one();
  shared_.log.write(Level::kError, "drive failed and is out of use until the next start",
                    [&](JsonLine& line) { line.add("drive", config_.path).add("reason", reason); });
}

void Drive::drain() {
  std::unique_lock lock(mutex_);
  const std::uint64_t target = accepted_jobs_;
  if (!thread_.joinable()) {
    while (has_work()) work(lock);
  }
  finished_.wait(lock, [&] { return finished_jobs_ >= target; });
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
  seal();
}

bool Drive::write_next() {
  Lock lock(mutex_);
  if (!has_work()) return false;
  work(lock);
  return true;
}

void Drive::work(Lock& lock) {
  if (failed() && !std::exchange(forgotten_, true)) {
    lock.unlock();
    if (log_) log_->forget();
    lock.lock();
    return;
  }
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  write_began_ = clock_.now();
  lock.unlock();

  const std::uint64_t size = job.bytes.size() + kJobOverhead;
  if (store(job)) {
    if (job.done) job.done(true);
  } else {
    decline(job.done);
  }
  job = {};  // what it holds dies before drain() returns

  lock.lock();
  write_began_ = SteadyTime::max();
  queued_bytes_ -= size;
  ++finished_jobs_;
  finished_.notify_all();
}

void Drive::seal() {
  if (!log_ || failed()) return;
  if (auto sealed = log_->seal(); !sealed) fail(sealed.error().text);
}

bool Drive::store(const Job& job) {
  if (failed() || !log_) return false;
  const auto appended = log_->append(job.key, job.bytes);
  if (!appended && appended.error().code != Errc::kNoSpace) fail(appended.error().text);
  return appended.has_value();
}

void Drive::note_corrupt(const SliceKey& key, const Segment& segment, const std::string& reason) {
  log_->counters().corrupt_slices.fetch_add(1, std::memory_order_relaxed);
  shared_.log.write(Level::kWarning, "corrupt slice dropped", [&](JsonLine& line) {
    line.add("path", log_->folder().segment_path(segment.id())).add("slice", key.number).add("reason", reason);
  });
}

DriveStatus Drive::status() const {
  DriveStatus status;
  status.path = config_.path;
  status.size = config_.size;
  status.state = failed() ? "failed" : "ok";
  status.dropped_writes = dropped_writes_.load(std::memory_order_relaxed);
  if (failed()) {
    const std::lock_guard lock(mutex_);
    status.reason = failure_;
  } else {
    status.slices = shared_.index.count(number_);
  }
  if (!log_) return status;
  const SegmentLog::Counters& counters = log_->counters();
  status.used = counters.used.load(std::memory_order_relaxed);
  status.segments = counters.segments.load(std::memory_order_relaxed);
  status.evicted_segments = counters.evicted_segments.load(std::memory_order_relaxed);
  status.evicted_slices = counters.evicted_slices.load(std::memory_order_relaxed);
  status.reinserted_slices = counters.reinserted_slices.load(std::memory_order_relaxed);
  status.corrupt_slices = counters.corrupt_slices.load(std::memory_order_relaxed);
  return status;
}

}  // namespace larder::storage
