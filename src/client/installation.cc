#include "client/installation.h"

#include "core/json_at.h"

namespace larder::client {

Result<Installation> make_installation(ApiClient& portal, const std::string& node_id,
                                       std::optional<std::chrono::hours> valid_for) {
  boost::json::object body;
  if (valid_for) body["expires_in_hours"] = valid_for->count();
  TRY(const Reply keys, portal.get(path_of("/nodes", node_id, "/keys")));
  TRY(const Reply made, portal.create(path_of("/nodes", node_id, "/keys/registration"), body));
  return Installation{text_at(keys.body, "/customer_id"), text_at(keys.body, "/cache_node_id"),
                      text_at(keys.body, "/customer_keys/0/key"), text_at(made.body, "/registration_key"),
                      text_at(made.body, "/expires_at")};
}

}  // namespace larder::client
