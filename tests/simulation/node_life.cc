#include "simulation/node_life.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace larder::simulation {

using std::chrono::seconds;

namespace {

constexpr std::string_view kNodeId = "5e0c3c5e-0000-4000-8000-000000000001";
constexpr seconds kShutdown{30};
// What a dead process does to clean up after itself ends long before.
constexpr int kMostMoves = 1'000'000;

origin::ConnectionPool::Options pool_options() { return {}; }

origin::OriginClient::Options client_options() {
  origin::OriginClient::Options options;
  options.node_id = kNodeId;
  return options;
}

}  // namespace

Result<std::unique_ptr<NodeLife>> NodeLife::start(const World& world, Random random,
                                                  const std::vector<std::string>& drives) {
  std::unique_ptr<NodeLife> life(new NodeLife(world, random));
  TRY_VOID(life->open(drives));
  ++world.counters.lives;
  return life;
}

NodeLife::NodeLife(const World& world, Random random)
    : world_(world),
      random_(random),
      clock_(world.clock),
      time_(net::LoopTime::of(context_.get_executor())),
      connector_(world.connector, random_.split(), context_.get_executor()),
      pool_(context_.get_executor(), connector_, clock_, pool_options()),
      origin_(pool_, clock_, client_options()),
      sessions_(context_.get_executor()) {
  time_.simulate(clock_);
}

Result<> NodeLife::open(const std::vector<std::string>& drives) {
  storage::SliceStore::Options options;
  for (const std::string& path : drives) options.drives.push_back({path, storage::kMinDriveSize});
  options.segment_size = storage::kMinSegmentSize;
  options.write_queue_limit = 2 * world_.settings.fill_memory;
  options.writing = storage::SliceStore::Writing::kBySteps;
  TRY(store_, storage::SliceStore::open(std::move(options), world_.disk, clock_, world_.log));
  drives_ = drives.size();
  cache::Cache::Options cache_options;
  cache_options.fill_memory = world_.settings.fill_memory;
  cache_options.objects_in_memory = world_.settings.objects_in_memory;
  cache_options.new_id = [this] { return draw_id(); };
  cache_ = std::make_unique<cache::Cache>(std::move(cache_options), *store_, disk_pool_, clock_, world_.log);
  fills_ = std::make_unique<cache::Fills>(*cache_, origin_, context_.get_executor());
  node::ContentHandler::Options handler_options;
  handler_options.node_id = kNodeId;
  handler_ = std::make_unique<node::ContentHandler>(std::move(handler_options), *fills_, counters_, limiter_, clients_,
                                                    nullptr, world_.settings.rules);
  return {};
}

bool NodeLife::purge(const cache::Purge& purge) {
  const auto purged = cache_->purge(purge, *world_.settings.rules);
  const auto drives = store_->status();
  return purged && purged->not_kept.empty() &&
         std::ranges::none_of(drives, [](const storage::DriveStatus& drive) { return drive.state == "failed"; });
}

std::uint64_t NodeLife::given_up() const {
  std::uint64_t count = cache_->counters().let_go;
  for (const storage::DriveStatus& drive : store_->status()) {
    // Slices, which are counted when they go: their segment is only once all are, and a device may pause in between.
    count += drive.evicted_slices + drive.dropped_writes + drive.corrupt_slices + (drive.state == "failed" ? 1 : 0);
  }
  return count;
}

NodeLife::~NodeLife() {
  if (!store_) return;
  disk_pool_.stop();
  store_->drain();
  const cache::FillCounters& fills = cache_->counters();
  LifeCounters& all = world_.counters;
  all.origin_requests += fills.requests;
  all.origin_bytes += fills.bytes;
  all.fills_failed += fills.failures;
  all.objects_changed += fills.changed;
  all.revalidated += fills.revalidated;
  all.stale_served += fills.stale_served;
  for (const storage::DriveStatus& drive : store_->status()) {
    all.evicted_segments += drive.evicted_segments;
    all.reinserted_slices += drive.reinserted_slices;
    all.dropped_writes += drive.dropped_writes;
    all.corrupt_slices += drive.corrupt_slices;
    all.failed_drives += drive.state == "failed" ? 1 : 0;
  }
}

Task<void> NodeLife::serve(std::unique_ptr<SimulatedStream> stream) {
  streams_.push_back(stream.get());
  co_await http::serve(*stream, *handler_, limits_, stopping_);
  std::erase(streams_, stream.get());
}

void NodeLife::cut_off() {
  for (SimulatedStream* stream : streams_) stream->abort();
}

bool NodeLife::kill() {
  world_.disk.detach(true);
  connector_.cut();
  stopping_ = true;
  phase_ = Phase::kLetsFillsEnd;
  cut_off();
  fills_->stop();
  pool_.abort();
  return run_out();
}

/// Lets what a dead process has begun come to its end, unseen.
bool NodeLife::run_out() {
  for (int move = 0; move < kMostMoves; ++move) {
    if (run_ready()) continue;
    if (sessions_.running() == 0 && fills_->running() == 0) return true;
    if (run_job()) continue;
    bool wrote = false;
    for (std::size_t drive = 0; drive < drives_ && !wrote; ++drive) wrote = write_next(drive);
    if (wrote) continue;
    const auto next = time_.next();
    if (!next) return false;
    clock_.go_on_to(std::max(*next, clock_.now()));
    time_.wake_due();
  }
  return false;
}

void NodeLife::stop() {
  stopping_ = true;
  phase_ = Phase::kLetsResponsesEnd;
  responses_end_ = clock_.now() + kShutdown;
  for (SimulatedStream* stream : streams_) stream->wake();
}

bool NodeLife::has_stopped() {
  if (phase_ == Phase::kLetsResponsesEnd) {
    const bool late = clock_.now() >= responses_end_;
    if (sessions_.running() > 0 && !late) return false;
    phase_ = Phase::kLetsFillsEnd;
    fills_->stop();
    pool_.abort();
    cut_off();
    return false;
  }
  return sessions_.running() == 0 && fills_->running() == 0;
}

}  // namespace larder::simulation
