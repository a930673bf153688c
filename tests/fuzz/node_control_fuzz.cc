// What comes over the control socket, from either side: URLs, orders, answers; and the node's note that it is drained.
// Whatever an answer holds, what is shown of it neither hides nor rearranges anything.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "core/bytes.h"
#include "core/check.h"
#include "node/ctl.h"
#include "node/drain_state.h"
#include "node/purge_order.h"
#include "node/scrub_order.h"
#include "origin/shipped_rules.h"
#include "origin/url_target.h"

namespace larder::node {
namespace {

constexpr CtlVerb kVerbs[] = {CtlVerb::kStatus, CtlVerb::kDrives,  CtlVerb::kInspect, CtlVerb::kReload,
                              CtlVerb::kDrain,  CtlVerb::kUndrain, CtlVerb::kScrub,   CtlVerb::kPurge};

bool controls(char c) { return (c >= 0 && c < ' ' && c != '\n') || c == 0x7F; }

void check_shown(std::string_view text) {
  for (const CtlVerb verb : kVerbs) {
    for (const int status : {200, 422}) {
      const auto outcome = to_outcome({.verb = verb}, {status, std::string(text)});
      if (!outcome) continue;
      const bool may_be_half_done = status == 200 && verb == CtlVerb::kPurge;
      const bool fits = (status == 200) == outcome->failure.empty();
      CHECK(fits || may_be_half_done, "a failure without a word, or a word without a failure");
      CHECK(std::ranges::none_of(outcome->output + outcome->failure, controls), "a control character is shown");
    }
  }
}

void check_url(std::string_view url) {
  static const auto rules = *origin::RuleSet::build(*origin::shipped_rules("microsoft"), {});
  const auto target = origin::parse_url_target(url, *rules);
  if (!target) {
    CHECK(target.error().status >= 400 && target.error().status < 600, "a refusal without a status");
    return;
  }
  CHECK(target->rule == rules->match(target->host), "the host is not in the rule");
  CHECK(target->path_and_query.starts_with('/'), "the path is not absolute");
  CHECK(target->path_and_query.find_first_of("\r\n #") == std::string::npos, "the path breaks the request line");
  const CtlRequest request = to_request({.verb = CtlVerb::kInspect, .url = std::string(url)});
  CHECK(std::ranges::all_of(request.target, [](char c) { return c > ' ' && c <= '~' && c != '#'; }), "no target");
}

}  // namespace
}  // namespace larder::node

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace larder;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  node::check_url(text);
  node::check_shown(text);
  if (const auto order = node::parse_scrub_order(text)) {
    CHECK(order->rate == 0 || order->rate >= 64 * kKiB, "a rate that is not one");
  }
  if (const auto purge = node::parse_purge_order(text)) {
    const bool has_value = purge->what != cache::Purge::What::kEverything;
    CHECK(has_value == !purge->value.empty(), "a purge of nothing, or of everything by name");
    const auto again = node::parse_purge_order(node::to_request({.verb = node::CtlVerb::kPurge, .purge = *purge}).body);
    CHECK(again && again->what == purge->what && again->value == purge->value && again->hard == purge->hard,
          "what is asked is what is understood");
  }
  if (const auto since = node::DrainState::parse(text)) {
    CHECK(*node::DrainState::parse(node::DrainState::serialize(*since)) == *since, "what is written is read");
  }
  if (const auto answer = node::parse_ctl_response(text)) {
    CHECK(answer->status >= 200 && text.ends_with(answer->body), "an answer that did not come");
  }
  return 0;
}
