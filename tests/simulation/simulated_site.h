// SimulatedSite: what the origins of a simulation hold: a few URLs, of every sort that makes caches stumble, and
// changes.
//
// Threads    one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/random.h"
#include "simulation/simulated_clock.h"
#include "simulation/trace.h"
#include "simulation/workload.h"
#include "support/auditor.h"

namespace larder::simulation {

// Resource: one URL and what is there now.
struct Resource {
  enum class Validators { kStrong, kBoth, kLastModified, kWeak, kNone, kAlternating };
  enum class Framing { kLength, kChunked, kToEnd };
  // How a range is answered.
  enum class Ranges {
    kServed,
    kTooFar,        // with 416 if it ends behind the object
    kTooFarUntold,  // the same, without the object's length
    kUntold,        // with 206, without the object's length
    kMultipart,     // with 206 in several parts, of which there is one
    kIgnored,       // with all of it
  };

  support::Url url;
  Validators validators = Validators::kStrong;
  Framing framing = Framing::kLength;
  Ranges ranges = Ranges::kServed;
  unsigned odd_ranges = 0;           // of 10,000 answers: how many of them are like that
  std::string cache_control;         // empty: not sent
  bool expires = false;              // Expires, `lifetime` after Date
  std::chrono::seconds lifetime{0};  // what the fields, or the rule, allow a cache at most
  bool bare_304 = false;
  bool changes = true;
  support::OriginObject object;
  support::OriginObject last;           // the same
  support::OriginObject before;         // the version before
  std::uint64_t version = 0;            // counts changes
  std::vector<support::Elapsed> began;  // of each version

  bool strong() const { return validators <= Validators::kLastModified; }
  /// By what the origin confirms a version. A weak tag may stay: it only says that both versions mean the same.
  std::uint64_t tag_of(std::uint64_t of_version) const {
    return validators == Validators::kWeak ? of_version / 2 : of_version;
  }
};

class SimulatedSite {
 public:
  /// The host whose content rule itself says how long content is fresh, and how long that is.
  static constexpr std::string_view kRuledHost = "ruled.example";
  static constexpr std::chrono::seconds kRuledLifetime{3600};
  static constexpr std::string_view kHost = "plain.example";
  /// The host whose content rule drops the query, in which there are signatures.
  static constexpr std::string_view kSignedHost = "signed.example";
  /// The host of which a content rule says that nothing there ever changes under its name.
  static constexpr std::string_view kFixedHost = "fixed.example";

  SimulatedSite(const Workload& work, Random random, const SimulatedClock& clock, support::Auditor& auditor,
                Trace& trace);

  const std::vector<Resource>& resources() const { return resources_; }
  const Resource* find(std::string_view host, std::string_view path) const;
  /// What the bytes of a version of a resource are made of (support/content.h).
  static std::uint64_t seed_of(std::size_t number, std::uint64_t version) { return number * kVersions + version; }
  std::size_t number_of(const Resource& resource) const {
    return static_cast<std::size_t>(&resource - resources_.data());
  }
  const Resource& some(Random& random) const { return resources_[random.below(resources_.size())]; }
  /// Another content under some name: which; null if the one that was drawn never changes.
  const Resource* change_some();

  std::uint64_t changes() const { return changes_; }
  support::Elapsed now() const;

 private:
  static constexpr std::uint64_t kVersions = 1'000'000;

  void draw(Resource& resource, std::size_t number);
  void draw_ranges(Resource& resource);
  void draw_policy(Resource& resource);
  void renew(Resource& resource);

  const Workload& work_;
  Random random_;
  const SimulatedClock& clock_;
  support::Auditor& auditor_;
  Trace& trace_;
  std::vector<Resource> resources_;
  std::uint64_t changes_ = 0;
};

/// Time since the beginning of the simulation, as the auditor counts it.
support::Elapsed elapsed(SteadyTime time);

}  // namespace larder::simulation
