#include "storage/scrub_walk.h"

#include <algorithm>
#include <charconv>

namespace larder::storage {

bool ScrubWalk::due(WallTime now) const {
  return !under_way() && (!began_ || now < *began_ || now - *began_ >= kBetweenWalks);
}

void ScrubWalk::begin(std::span<const Segment> there, WallTime now) {
  passed_ = 0;
  until_ = there.empty() ? 0 : there.back().id;
  began_ = now;
  if (there.empty()) ended_ = now;
}

std::optional<std::uint64_t> ScrubWalk::next(std::span<const Segment> there) const {
  const auto found = std::ranges::upper_bound(there, passed_, {}, &Segment::id);
  if (found == there.end() || found->id > until_) return std::nullopt;
  return found->id;
}

void ScrubWalk::end(WallTime now) {
  until_ = 0;
  ended_ = now;
}

double ScrubWalk::percent(std::span<const Segment> there) const {
  if (!under_way()) return ended_ ? 100 : 0;
  std::uint64_t passed = 0;
  std::uint64_t all = 0;
  for (const Segment& segment : there) {
    if (segment.id > until_) break;
    all += segment.size;
    if (segment.id <= passed_) passed += segment.size;
  }
  return all == 0 ? 100 : 100.0 * static_cast<double>(passed) / static_cast<double>(all);
}

SteadyTime ScrubPace::first(SteadyTime started) const {
  return std::min(next(kReadBeforeStart, started, started), started + std::chrono::minutes(1));
}

SteadyTime ScrubPace::next(std::uint64_t bytes, SteadyTime began, SteadyTime ended) const {
  const std::chrono::duration<double> wanted(static_cast<double>(bytes) / static_cast<double>(rate_));
  return std::max(began + std::chrono::duration_cast<SteadyTime::duration>(wanted), ended + (ended - began));
}

namespace {

constexpr std::string_view kScrubFirstLine = "larder scrub, format 1\n";

std::int64_t seconds_of(std::optional<WallTime> time) {
  return time ? std::chrono::floor<std::chrono::seconds>(time->time_since_epoch()).count() : 0;
}

std::optional<WallTime> time_of(std::int64_t seconds) {
  // Beyond this a system clock of nanoseconds overflows.
  constexpr std::int64_t kMost = 9'000'000'000;
  if (seconds <= 0 || seconds > kMost) return std::nullopt;
  return WallTime(std::chrono::seconds(seconds));
}

template <class Number>
bool take_line(std::string_view& text, std::string_view name, Number& number) {
  if (!text.starts_with(name)) return false;
  text.remove_prefix(name.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with('\n')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string ScrubWalk::serialize() const {
  return fmt::format("{}passed {}\nuntil {}\nbegan {}\nended {}\n", kScrubFirstLine, passed_, until_,
                     seconds_of(began_), seconds_of(ended_));
}

Result<ScrubWalk> ScrubWalk::parse(std::string_view text) {
  ScrubWalk walk;
  std::int64_t began = 0;
  std::int64_t ended = 0;
  if (!text.starts_with(kScrubFirstLine)) return fail(Errc::kCorrupt, "it is not the state of a scrubber");
  text.remove_prefix(kScrubFirstLine.size());
  const bool whole = take_line(text, "passed ", walk.passed_) && take_line(text, "until ", walk.until_) &&
                     take_line(text, "began ", began) && take_line(text, "ended ", ended) && text.empty();
  if (!whole) return fail(Errc::kCorrupt, "its lines are not those of a scrubber's state");
  walk.began_ = time_of(began);
  walk.ended_ = time_of(ended);
  return walk;
}

}  // namespace larder::storage
