#include "node/scrub_order.h"

#include <boost/json.hpp>
#include <utility>

#include "core/bytes.h"
#include "core/json.h"
#include "core/shown.h"

namespace larder::node {
namespace {

constexpr std::uint64_t kLeastScrubRate = 64 * kKiB;
constexpr std::size_t kMostOfName = 200;  // bytes

std::unexpected<http::HeadProblem> bad(std::string text) {
  return std::unexpected(http::HeadProblem(400, std::move(text)));
}

Result<std::string, http::HeadProblem> member_text(const boost::json::value& value, std::string_view name) {
  const boost::json::string* text = value.if_string();
  if (text == nullptr) return bad(fmt::format("\"{}\" should be a text", name));
  return std::string(*text);
}

}  // namespace

Result<ScrubOrder, http::HeadProblem> parse_scrub_order(std::string_view body) {
  constexpr std::size_t kDepth = 2;
  ScrubOrder order;
  if (body.empty()) return order;
  const auto document = parse_json_object(body, kDepth);
  if (!document) return bad(fmt::format("the body is not a JSON object: {}", document.error().text));
  for (const auto& member : *document) {
    if (member.key() == "drive") {
      TRY(order.drive, member_text(member.value(), "drive"));
      if (order.drive.empty()) return bad("\"drive\" is empty; it should be the path of a drive");
    } else if (member.key() == "rate") {
      TRY(const std::string text, member_text(member.value(), "rate"));
      const auto rate = parse_rate(text);
      if (!rate) return bad(fmt::format("\"rate\": {}", rate.error().text));
      if (*rate < kLeastScrubRate) return bad("\"rate\" should be at least \"64KiB/s\"");
      order.rate = *rate;
    } else {
      return bad(fmt::format("\"{}\" is no member of this body, only \"drive\" and \"rate\" are",
                             shown(member.key(), kMostOfName)));
    }
  }
  return order;
}

}  // namespace larder::node
