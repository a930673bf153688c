// Quantities as people write them on a command line, as the portal wants them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace larder::command_line {

/// "90s", "15m", "2h", "1d12h". Errors: kInvalid, also of zero and of more than ten years.
larder::Result<std::chrono::seconds> parse_duration(std::string_view text);

/// RFC 3339 in UTC of "2026-12-01T03:00:00Z", and of what is left off: "2026-12-01T03:00Z", "2026-12-01 03:00",
/// "2026-12-01". Other zones than Z are refused. Errors: kInvalid.
larder::Result<std::string> parse_time(std::string_view text);
std::string time_to_string(WallTime time);

/// Mbit/s of "800Mbps", "10Gbps", or of a plain number. Errors: kInvalid; no whole number of Mbit/s.
larder::Result<std::int64_t> parse_mbps(std::string_view text);

struct DriveSize {
  std::string path;
  std::int64_t size_gib;
};
/// "/srv/larder/1=500GiB". Errors: kInvalid; a size that is no whole number of GiB, with the next one.
larder::Result<DriveSize> parse_drive(std::string_view text);

/// "site=north". Errors: kInvalid.
larder::Result<std::pair<std::string, std::string>> parse_label(std::string_view text);

/// 1 (Monday) to 7 of "monday", "Mon" or "1". Errors: kInvalid.
larder::Result<std::int64_t> parse_weekday(std::string_view text);

/// The parts of a list that are separated by commas, spaces or line ends; what follows a # on a line is left out.
struct ListedPart {
  std::string text;
  std::size_t line;  // from 1
};
std::vector<ListedPart> split_list(std::string_view text);

/// A number from 1, as of --limit. Errors: kInvalid.
larder::Result<std::int64_t> parse_count(std::string_view text);

/// "64500" and "AS64500". Errors: kInvalid.
larder::Result<std::int64_t> parse_asn(std::string_view text);

}  // namespace larder::command_line
