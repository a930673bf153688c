// What a client has to say of what it got, beside the auditor: whether it may complain.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "simulation/simulated_client.h"

namespace larder::simulation {
namespace {

using std::chrono::seconds;

// What is stored comes within this although the origin says nothing: three seconds of patience, and what drives and
// connections take.
constexpr seconds kStoredComes{8};

// A response that brings less than 4,000 bytes a second in fifteen seconds of waiting is cut off
// (node/trickle_guard.h); what came just before these may come late here.
constexpr seconds kTricklesFor{14};
constexpr std::uint64_t kTrickle = 4'000 * 15;
// How much further a body may have got when the cut is seen.
constexpr std::uint64_t kSeenLate = 1 << 20;

}  // namespace

std::uint64_t SimulatedClient::bytes_of_late(const Response& response) const {
  std::uint64_t sum = 0;
  for (const auto& [at, count] : response.pieces) sum += at + kTricklesFor > world_.site.now() ? count : 0;
  return sum;
}

std::string_view SimulatedClient::Question::field(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &support::Field::name);
  return found == fields.end() ? std::string_view() : std::string_view(found->value);
}

/// Whether the node may rightly still have an older version than the origin.
bool SimulatedClient::may_hold_old(const Resource& resource, support::Elapsed begin) const {
  return resource.version > 0 && resource.began.back() + resource.lifetime + Service::kMemory > begin;
}

void SimulatedClient::judge(const Question& question, const Response& response, const Before& before) {
  const Resource& resource = *question.resource;
  // A range that is forwarded, as what the node stores is slow to get there, is of what the origin has by now: the node
  // learns nothing by it (docs/decisions/0014-forwarding.md, far_range); nor by anything that has no validator.
  const bool tells_nothing = response.etag.empty() && response.last_modified.empty();
  const bool passed_by = response.forwarded && (tells_nothing || world_.service.is_slow(resource.url, before.begin));
  if (response.version && !passed_by) {
    const std::uint64_t tag = resource.tag_of(*response.version);
    world_.service.served(resource.url, {*response.version, tag, before.losses, before.begin, world_.site.now()});
  }
  if (Refusal::is_for_the_node(response.status)) {
    world_.service.violated(fmt::format("{} {} is answered {}, which is meant for the node", question.method,
                                        to_string(resource.url), response.status));
  }
  const bool all = response.complete && response.status == 200 && question.method == "GET" && !response.forwarded;
  if (all && response.version == resource.version && world_.given_up() == 0) {
    world_.service.keeps_all(resource.url, resource.version);
  }
  judge_failure(question, response, before);
}

/// Whether there was a reason for it to fail.
bool SimulatedClient::is_excused(const Question& question, const Before& before) const {
  const Resource& resource = *question.resource;
  if (question.is_refused() || world_.service.excused(resource.url, before.begin)) return true;
  // What it waits for may be on its way, behind bytes that come slowly.
  const std::string_view range = question.field("Range");
  const bool from_the_middle = !range.empty() && !range.starts_with("bytes=0-");
  if (from_the_middle && world_.service.is_slow(resource.url, before.begin)) return true;
  // An origin that says nothing to conditions is needed for what is not stored, or if the condition is the client's.
  if (world_.service.is_silent(resource.url, before.begin)) {
    const bool has_all = before.has_all && world_.given_up() == 0 && world_.service.losses() == before.losses;
    return !has_all || !question.field("If-None-Match").empty() || !question.field("If-Modified-Since").empty();
  }
  return false;
}

void SimulatedClient::judge_failure(const Question& question, const Response& response, const Before& before) {
  const Resource& resource = *question.resource;
  const bool refused = response.status >= 500;
  // A kept connection may have been closed while the request was on its way.
  if (response.status == 0 && reused_) return;
  const bool fine = response.complete && !refused;
  const bool late =
      fine && world_.service.is_silent(resource.url, before.begin) && response.first_byte - before.begin > kStoredComes;
  if ((fine && !late) || response.dawdled || question.unknown_path) return;
  if (is_excused(question, before)) return;
  // It had got further than the body has that brings the rest, and waited for it as long as a client may.
  const std::uint64_t position = response.begin + response.received;
  const bool starves = response.received > 0 && bytes_of_late(response) < kTrickle;
  if (starves &&
      world_.service.is_ahead_of_slow_body(resource.url, position + kSeenLate, before.begin, world_.site.now()))
    return;
  // Drives that lose or decline a part of what is being sent leave only the origin, which may have no other part of the
  // same version, or not be asked for one before the length is known.
  const bool is_told = response.status == 206 ? response.total > 0 : response.status == 200 && !response.chunked;
  const bool is_one_response = !resource.strong() || (resource.framing != Resource::Framing::kLength && !is_told);
  const bool cannot_be_had_again = is_one_response || may_hold_old(resource, before.begin);
  if (cannot_be_had_again && world_.given_up() != before.given_up) return;
  if (may_hold_old(resource, before.begin) && !world_.work.has(Fault::kOldBeginnings)) return;
  std::string what =
      fmt::format("breaks off after {} of {} bytes{}", response.received, response.length,
                  response.version && *response.version < resource.version
                      ? fmt::format(" of version {}, outdated before the request began", *response.version)
                      : std::string());
  if (refused) what = fmt::format("is answered {}", response.status);
  if (late) what = fmt::format("waits {} for what is stored", support::to_string(response.first_byte - before.begin));
  world_.service.violated(fmt::format("{} {}{} {}, and nothing was the matter", question.method, resource.url.host,
                                      resource.url.path, what));
}

}  // namespace larder::simulation
