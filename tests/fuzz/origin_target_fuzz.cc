// Request bytes through parse_request_head() and parse_target(): whatever passes is what the rules allow.
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "http/percent.h"
#include "http/query.h"
#include "origin/authority.h"
#include "origin/shipped_rules.h"
#include "origin/target.h"

namespace larder::origin {
namespace {

constexpr std::size_t kHeadLimit = 16 * 1024;

std::shared_ptr<const RuleSet> make_rules() {
  ContentRule mirror;
  mirror.name = "mirror";
  mirror.hosts = {"*.mirror.lan"};
  mirror.port = 8080;
  mirror.allowed_networks.push_back(*net::parse_prefix("10.0.0.0/8"));
  return *RuleSet::build(*shipped_rules("microsoft"), {mirror});
}

void check_target(const Target& target, const RuleSet& rules) {
  CHECK(target.rule != nullptr && target.rule == rules.match(target.host), "the host is not in the rule");
  CHECK(target.port == target.rule->port_for(target.tls), "a port that no rule names");
  const auto authority = parse_authority(target.host);
  CHECK(authority && authority->host == target.host && !authority->port, "the host is not in its one form");

  const std::string_view text = target.path_and_query;
  CHECK(text.starts_with('/'), "the path is not absolute");
  CHECK(text.find_first_of("\r\n #") == std::string_view::npos, "the path breaks the request line");
  const std::size_t mark = text.find('?');
  CHECK(target.path() == text.substr(0, mark), "the path is not what comes before the query");
  if (mark != std::string_view::npos) {
    for (const http::QueryPiece& piece : http::Query(text.substr(mark + 1))) {
      CHECK(piece.name != "cacheHostOrigin", "a cacheHostOrigin goes upstream");
    }
  }
  const auto path = http::percent_decode(text.substr(0, mark));
  CHECK(path, "a bad escape goes upstream");
  CHECK(("/" + *path + "/").find("/../") == std::string::npos, "the path leads elsewhere");
  CHECK(path->find('\\') == std::string::npos, "a backslash goes upstream");
}

}  // namespace
}  // namespace larder::origin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace larder;
  static const auto rules = origin::make_rules();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto head = http::parse_request_head(bytes, origin::kHeadLimit);
  if (!head || !*head) return 0;
  for (const bool tls : {false, true}) {
    const auto target = origin::parse_target(**head, tls, *rules);
    if (!target) {
      CHECK(target.error().status >= 400 && target.error().status < 600, "a refusal without a status");
      continue;
    }
    origin::check_target(*target, *rules);
    // Whatever a stranger sends may also come back as a redirect.
    const auto moved = origin::redirect_target(*target, (*head)->fields.find("Location").value_or(""), *rules);
    if (!moved) continue;
    CHECK(moved->rule == rules->match(moved->host), "a redirect leaves the rules");
    CHECK(moved->tls || !target->tls, "a redirect gives up TLS");
    CHECK(moved->path_and_query.starts_with('/'), "a redirect's path is not absolute");
  }
  return 0;
}
