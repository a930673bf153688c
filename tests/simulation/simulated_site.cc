#include "simulation/simulated_site.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/bytes.h"
#include "http/date.h"

namespace larder::simulation {

using std::chrono::seconds;
using support::Elapsed;

namespace {

// What a cache may make of content about which the origin says nothing: a guess of a day at most.
constexpr seconds kMostGuess = std::chrono::hours(24);
// Beside what is allowed: times in fields are whole seconds, and an answer is on its way for a while.
constexpr seconds kSlack{3};
constexpr seconds kForAllTime = std::chrono::hours(24 * 365 * 10);
// An origin that was out may be the reason for old content for so long: what a node waits for it, and its grace.
constexpr seconds kOutageMemory{75};

}  // namespace

Elapsed elapsed(SteadyTime time) { return std::chrono::duration_cast<Elapsed>(time - SimulatedClock::kSteadyStart); }

SimulatedSite::SimulatedSite(const Workload& work, Random random, const SimulatedClock& clock,
                             support::Auditor& auditor, Trace& trace)
    : work_(work), random_(random), clock_(clock), auditor_(auditor), trace_(trace) {
  auditor_.serves(std::string(kHost));
  auditor_.serves(std::string(kRuledHost));
  auditor_.serves(std::string(kFixedHost));
  auditor_.serves(std::string(kSignedHost));
  resources_.resize(work.resources);
  for (std::size_t number = 0; number < resources_.size(); ++number) draw(resources_[number], number);
}

Elapsed SimulatedSite::now() const { return elapsed(clock_.now()); }

void SimulatedSite::draw(Resource& resource, std::size_t number) {
  using Validators = Resource::Validators;
  using Framing = Resource::Framing;
  resource.url.host = std::string(random_.happens(2'500) ? kRuledHost : kHost);
  if (work_.has(Fault::kRefusedQueries) && random_.happens(3'000)) resource.url.host = std::string(kSignedHost);
  resource.url.path = fmt::format("/f/{}.bin", number);
  resource.validators = random_.one_of({Validators::kStrong, Validators::kStrong, Validators::kBoth,
                                        Validators::kLastModified, Validators::kWeak, Validators::kNone});
  const bool fixed = work_.has(Fault::kValidators) && random_.happens(1'500);
  if (fixed) {
    resource.url.host = std::string(kFixedHost);
    if (random_.happens(7'000)) resource.validators = Validators::kAlternating;
  }
  if (work_.has(Fault::kUnknownLength)) {
    resource.framing = random_.one_of({Framing::kLength, Framing::kLength, Framing::kChunked, Framing::kToEnd});
  }
  if (work_.has(Fault::kRangeAnswers) && random_.happens(4'000)) draw_ranges(resource);
  resource.changes = resource.strong() || work_.has(Fault::kWeakChanges);
  if (fixed) resource.changes = false;
  resource.bare_304 = work_.has(Fault::kBare304) && random_.happens(3'000);
  draw_policy(resource);
  resource.object.size =
      random_.one_of<std::uint64_t>({0, 1, random_.below(100'000), kMiB, 2 * kMiB + 17, random_.below(work_.largest),
                                     random_.below(work_.largest), work_.largest});
  resource.object.content_type = random_.one_of({"application/octet-stream", "text/plain", ""});
  if (resource.validators == Resource::Validators::kAlternating) resource.object.size = work_.largest;
  renew(resource);

  support::Freshness freshness;
  // What never changes is never old; and what one edge called it may go out for as long as it is stored.
  freshness.age = fixed ? kForAllTime : resource.lifetime + kSlack;
  freshness.stale_while_out = true;
  freshness.outage_memory = kOutageMemory;
  auditor_.allow_age(resource.url, freshness);
  auditor_.allow_refetch(resource.url, support::Auditor::kNoLimit);
}

void SimulatedSite::draw_ranges(Resource& resource) {
  using Ranges = Resource::Ranges;
  resource.ranges =
      random_.one_of({Ranges::kTooFar, Ranges::kTooFarUntold, Ranges::kUntold, Ranges::kMultipart, Ranges::kIgnored});
  resource.odd_ranges = random_.one_of({10'000U, 10'000U, 3'000U});
}

void SimulatedSite::draw_policy(Resource& resource) {
  switch (random_.below(9)) {
    case 0: resource.cache_control = "no-cache"; break;
    case 1: resource.cache_control = "no-store"; break;
    case 2:
      resource.cache_control = "private, max-age=600";
      resource.lifetime = seconds(600);
      break;
    case 3:
      resource.expires = true;
      resource.lifetime = seconds(120);
      break;
    case 4: resource.lifetime = kMostGuess; break;
    case 5:  // RFC 8246
      resource.lifetime = seconds(random_.one_of({0, 5, 600}));
      resource.cache_control = fmt::format("max-age={}, immutable", resource.lifetime.count());
      resource.changes = false;
      break;
    default:
      resource.lifetime = seconds(random_.one_of({1, 10, 60, 3600}));
      resource.cache_control = fmt::format("max-age={}", resource.lifetime.count());
  }
  if (resource.url.host == kRuledHost) resource.lifetime = kRuledLifetime;
}

/// Gives the resource the bytes and validators of its version.
void SimulatedSite::renew(Resource& resource) {
  using Validators = Resource::Validators;
  support::OriginObject& object = resource.object;
  const std::size_t number = number_of(resource);
  const bool weak = resource.validators == Validators::kWeak;
  object.seed = seed_of(number, resource.version);
  object.etag = fmt::format("{}\"{}-{}\"", weak ? "W/" : "", number, resource.tag_of(resource.version));
  // Never the same second for two versions.
  const WallTime changed = clock_.true_wall() - std::chrono::hours(100) + seconds(resource.version);
  object.last_modified = http::date_to_string(changed);
  if (resource.validators != Validators::kLastModified && resource.validators != Validators::kBoth) {
    object.last_modified.clear();
  }
  if (resource.validators == Validators::kLastModified || resource.validators == Validators::kNone) object.etag.clear();
  resource.began.push_back(now());
  resource.before = std::exchange(resource.last, object);
  auditor_.published(resource.url, object, now());
}

const Resource* SimulatedSite::change_some() {
  Resource& resource = resources_[random_.below(resources_.size())];
  if (!resource.changes) return nullptr;
  ++resource.version;
  ++changes_;
  if (!random_.happens(7'000)) resource.object.size = random_.below(work_.largest + 1);
  renew(resource);
  trace_.note("site: {} is version {} now, {} bytes", resource.url.path, resource.version, resource.object.size);
  return &resource;
}

const Resource* SimulatedSite::find(std::string_view host, std::string_view path) const {
  const auto found = std::ranges::find_if(
      resources_, [&](const Resource& resource) { return resource.url.host == host && resource.url.path == path; });
  return found == resources_.end() ? nullptr : &*found;
}

}  // namespace larder::simulation
