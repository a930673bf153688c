#include "node/drain_state.h"

#include <boost/json.hpp>
#include <utility>

#include "core/json.h"
#include "storage/small_file.h"

namespace larder::node {
namespace {

constexpr int kDrainFormat = 1;
constexpr std::uint64_t kDrainFileLimit = 4096;
// Beyond this a system clock of nanoseconds overflows.
constexpr std::int64_t kLatest = 9'000'000'000;

}  // namespace

DrainState::DrainState(storage::Disk& disk, std::string folder, Log& log) : disk_(disk), folder_(std::move(folder)) {
  auto since = read();
  if (since) {
    since_ = *since;
  } else {
    log.write(Level::kError, "whether the node was drained cannot be read; it is not",
              [&](JsonLine& line) { line.add("reason", since.error().text); });
  }
  if (since_)
    log.write(Level::kWarning, "the node is drained", [&](JsonLine& line) { line.add("since", timestamp(*since_)); });
}

std::optional<WallTime> DrainState::since() const {
  const std::lock_guard lock(mutex_);
  return since_;
}

Result<> DrainState::set(bool drained, WallTime now) {
  const std::lock_guard writing(writing_);
  std::optional<WallTime> since;
  {
    const std::lock_guard lock(mutex_);
    if (!drained) {
      since_.reset();
    } else if (!since_) {
      since_ = now;
    }
    since = since_;
  }
  return folder_.empty() ? Result<>() : write(since);
}

Result<std::optional<WallTime>> DrainState::parse(std::string_view text) {
  TRY(const auto document, parse_json_object(text));
  const boost::json::value* format = document.if_contains("format");
  if (format == nullptr || *format != boost::json::value(kDrainFormat)) {
    return fail(Errc::kCorrupt, "its \"format\" is not {}", kDrainFormat);
  }
  const boost::json::value* since = document.if_contains("drained_since");
  if (since == nullptr || since->is_null()) return std::optional<WallTime>();
  const std::int64_t* seconds = since->if_int64();
  if (seconds == nullptr || *seconds < 0 || *seconds > kLatest) {
    return fail(Errc::kCorrupt, "its \"drained_since\" is not a number of seconds since 1970");
  }
  return std::optional(WallTime(std::chrono::seconds(*seconds)));
}

std::string DrainState::serialize(std::optional<WallTime> since) {
  boost::json::object document = {{"format", kDrainFormat}, {"drained_since", nullptr}};
  if (since) document["drained_since"] = std::chrono::floor<std::chrono::seconds>(since->time_since_epoch()).count();
  return boost::json::serialize(document) + "\n";
}

Result<std::optional<WallTime>> DrainState::read() {
  if (folder_.empty()) return std::optional<WallTime>();
  const std::string path = fmt::format("{}/{}", folder_, kFile);
  TRY(const auto text, storage::read_small_file(disk_, path, kDrainFileLimit));
  if (!text) return std::optional<WallTime>();
  auto since = parse(*text);
  if (!since) return fail(Errc::kCorrupt, "{} is damaged: {}", path, since.error().text);
  return since;
}

Result<> DrainState::write(std::optional<WallTime> since) {
  TRY(const storage::Disk::Kind kind, disk_.kind(folder_));
  if (kind == storage::Disk::Kind::kNothing) {
    TRY_VOID(disk_.make_folder(folder_));
  }
  return storage::replace_file(disk_, folder_, kFile, serialize(since));
}

}  // namespace larder::node
