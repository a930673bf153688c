// Workload: what one simulation is made of, drawn from its seed: how many of what, and how often things go wrong.
//
// Faults that the program is not yet right about have names here, and are left out unless they are asked for: so the
// seeds of the daily run pass, and whoever mends one takes it off the list (docs/simulation.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "simulation/random.h"

namespace larder::simulation {

enum class Fault {
  kWeakChanges,      // content without a strong validator changes with its length unchanged
  kValidators,       // edges that send other validators for the same bytes
  kUnknownLength,    // answers that tell no length
  kDrivesReturn,     // drives are taken out of the configuration, and put back
  kBare304,          // a 304 without the fields that its 200 had
  kUnasked304,       // a 304 to a request without a condition
  kRotWhileRunning,  // bits rot while the node runs
  kClockJumps,       // the node's calendar is set
  kIdleRanges,       // a Range that does not count: in a HEAD, or under the If-Range of another version
  kOldBeginnings,    // looked for: a download that begins with an outdated version and breaks off for that reason
  kRangeAnswers,     // no 206 to a range: 416 to one that ends behind the object, an unknown total, several parts, 200
  kRefusedQueries,   // refusals of single queries, where the rule drops the query from the key
  kLongBodies,       // bodies of unknown length that take long
  kEndlessBodies,    // chunks without end
  kHugeLengths,      // lengths of 1 TiB to 8 EiB, of which little comes
  kSilences,         // origins that say nothing to a condition
  kTrickles,         // bodies that come slowly: too slowly, and not too slowly
};

inline constexpr std::array<std::pair<Fault, std::string_view>, 17> kFaultNames = {{
    {Fault::kWeakChanges, "weak-changes"},
    {Fault::kValidators, "validators"},
    {Fault::kUnknownLength, "unknown-length"},
    {Fault::kDrivesReturn, "drives-return"},
    {Fault::kBare304, "bare-304"},
    {Fault::kUnasked304, "unasked-304"},
    {Fault::kRotWhileRunning, "rot-while-running"},
    {Fault::kClockJumps, "clock-jumps"},
    {Fault::kIdleRanges, "idle-ranges"},
    {Fault::kOldBeginnings, "old-beginnings"},
    {Fault::kRangeAnswers, "range-answers"},
    {Fault::kRefusedQueries, "refused-queries"},
    {Fault::kLongBodies, "long-bodies"},
    {Fault::kEndlessBodies, "endless-bodies"},
    {Fault::kHugeLengths, "huge-lengths"},
    {Fault::kSilences, "silences"},
    {Fault::kTrickles, "trickles"},
}};

std::string_view to_string(Fault fault);
std::optional<Fault> parse_fault(std::string_view name);

struct Workload {
  /// What the program is known to be wrong about. A fault that is mended is taken off this list, and then every seed
  /// may draw it.
  static constexpr std::array<Fault, 0> kUnmended = {};

  /// A workload of the seed's, with the faults that are mended and those of `also`.
  static Workload draw(Random& random, const std::set<Fault>& also);

  bool has(Fault fault) const { return faults.contains(fault); }

  std::set<Fault> faults;
  unsigned resources = 0;
  unsigned clients = 0;
  unsigned drives = 0;
  std::uint64_t largest = 0;      // bytes of an object
  std::uint64_t fill_memory = 0;  // bytes
  std::uint64_t objects_in_memory = 0;
  std::optional<std::uint64_t> room;  // bytes of each drive's file system, which others fill

  // Of 10,000, at every step.
  unsigned kills = 0;
  unsigned stops = 0;
  unsigned power_cuts = 0;  // of 10,000 kills
  unsigned drive_faults = 0;
  unsigned pauses = 0;  // of 10,000 reads and writes: the device takes seconds
  unsigned page_drops = 0;
  unsigned rot = 0;
  unsigned clock_jumps = 0;

  // Of 10,000 requests that the origin gets.
  unsigned origin_faults = 0;
  unsigned long_bodies = 0;  // of those of unknown length
  unsigned endless_bodies = 0;
  unsigned huge_lengths = 0;
  unsigned silences = 0;  // of those with a condition
  unsigned dribbles = 0;
  // Of 10,000 requests of clients.
  unsigned leaves = 0;
  unsigned slow_reads = 0;
  unsigned bad_queries = 0;  // where queries are dropped
  // Of 10,000 connections.
  unsigned bad_links = 0;

  std::uint64_t mean_change_ms = 0;
  std::uint64_t mean_think_ms = 0;
};

}  // namespace larder::simulation
