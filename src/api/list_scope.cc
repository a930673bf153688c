#include "api/list_scope.h"

namespace larder::api {

std::optional<std::vector<std::string>> visible_organisations(const Call& call) {
  if (call.caller().admin) return std::nullopt;
  std::vector<std::string> ids;
  for (const auto& [id, role] : call.caller().roles) ids.push_back(id);
  return ids;
}

}  // namespace larder::api
