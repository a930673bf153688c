#include "node/purge_order.h"

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "core/json.h"
#include "core/shown.h"

namespace larder::node {
namespace {

using What = cache::Purge::What;

constexpr std::size_t kMostOfMember = 200;  // bytes
constexpr std::string_view kWhatToName = "name one of \"url\", \"prefix\", \"rule\" and \"everything\"";

std::unexpected<http::HeadProblem> bad_purge(std::string text) {
  return std::unexpected(http::HeadProblem(400, std::move(text)));
}

std::optional<What> what_of(std::string_view member) {
  for (const What what : {What::kUrl, What::kPrefix, What::kRule, What::kEverything}) {
    if (member == cache::to_string(what)) return what;
  }
  return std::nullopt;
}

}  // namespace

Result<cache::Purge, http::HeadProblem> parse_purge_order(std::string_view body) {
  constexpr std::size_t kDepth = 2;
  const auto document = parse_json_object(body, kDepth);
  if (!document) return bad_purge(fmt::format("the body is not a JSON object: {}", document.error().text));
  cache::Purge purge;
  bool is_named = false;
  for (const auto& member : *document) {
    const std::string_view name = member.key();
    const auto what = what_of(name);
    if (name == "hard") {
      if (!member.value().is_bool()) return bad_purge("\"hard\" should be true or false");
      purge.hard = member.value().get_bool();
      continue;
    }
    if (!what) {
      return bad_purge(fmt::format("\"{}\" is no member of this body; {}", shown(name, kMostOfMember), kWhatToName));
    }
    if (std::exchange(is_named, true)) return bad_purge(fmt::format("{}, not several", kWhatToName));
    purge.what = *what;
    if (*what == What::kEverything) {
      if (member.value() != boost::json::value(true)) return bad_purge("\"everything\" should be true");
    } else if (const boost::json::string* text = member.value().if_string(); text != nullptr && !text->empty()) {
      purge.value = std::string(*text);
    } else {
      return bad_purge(fmt::format("\"{}\" should be a text", name));
    }
  }
  if (!is_named) return bad_purge(std::string(kWhatToName));
  return purge;
}

}  // namespace larder::node
