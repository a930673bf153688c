#include "api/json_body.h"

#include <utility>

#include "core/json.h"
#include "http/head.h"
#include "space/cidr_list.h"

namespace larder::api {
namespace {

using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;

constexpr std::size_t kDepth = 16;
// More than any body has that is right: a list of blocks has the most values, a node with many drives the most members.
constexpr std::size_t kMostValues = space::kMostCidrEntries + 10'000;
constexpr std::size_t kMostMembers = 2'000;

bool is_json(std::string_view content_type) {
  const std::string_view media = content_type.substr(0, content_type.find(';'));
  const std::size_t end = media.find_last_not_of(" \t");
  return http::equal_names(media.substr(0, end == std::string_view::npos ? 0 : end + 1), "application/json");
}

}  // namespace

Result<boost::json::object> read_json_body(const Request& request) {
  if (request.body.empty()) return boost::json::object();
  const std::string* type = request.field("Content-Type");
  if (type == nullptr || !is_json(*type)) {
    return refuse(ProblemKind::kUnsupportedMediaType, "the body must be JSON, with Content-Type: application/json");
  }
  const JsonSize size = json_size(request.body);
  if (size.members > kMostMembers) {
    return refuse(ProblemKind::kTooLarge, "the body has {} members; nothing here takes more than {}", size.members,
                  kMostMembers);
  }
  if (size.values > kMostValues) {
    return refuse(ProblemKind::kTooLarge, "the body has {} values; nothing here takes more than {}", size.values,
                  kMostValues);
  }
  auto value = parse_json(request.body, kDepth);
  if (!value) return refuse(ProblemKind::kMalformed, "the body cannot be read as JSON: {}", value.error().text);
  if (!value->is_object()) return refuse(ProblemKind::kMalformed, "the body must be a JSON object, in braces");
  return std::move(value->get_object());
}

}  // namespace larder::api
