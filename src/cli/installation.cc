#include "cli/installation.h"

#include "cli/json_view.h"
#include "cli/list_view.h"

namespace larder::cli {
namespace {

Result<RequestBody> lifetime_of(std::optional<std::chrono::seconds> valid_for) {
  RequestBody body;
  if (!valid_for) return body;
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(*valid_for);
  if (hours != *valid_for) return give_up(ExitCode::kUsage, "--expires-in: a whole number of hours, such as 24h or 2d");
  body.set("expires_in_hours", hours.count(), "--expires-in");
  return body;
}

}  // namespace

Result<boost::json::object> make_installation(Context& context, const std::string& node_id,
                                              std::optional<std::chrono::seconds> valid_for) {
  TRY(const RequestBody body, lifetime_of(valid_for));
  TRY(ApiClient & client, context.client());
  TRY(const Reply keys, client.get(path_of("/nodes", node_id, "/keys")));
  TRY(const Reply made, client.create(path_of("/nodes", node_id, "/keys/registration"), body));
  return boost::json::object{{"customer_id", text_at(keys.body, "/customer_id")},
                             {"cache_node_id", text_at(keys.body, "/cache_node_id")},
                             {"customer_key", text_at(keys.body, "/customer_keys/0/key")},
                             {"registration_key", text_at(made.body, "/registration_key")},
                             {"registration_key_expires_at", text_at(made.body, "/expires_at")}};
}

void show_installation(Context& context, const boost::json::object& installation) {
  const boost::json::value value(installation);
  Record record;
  record.add("Customer id", text_at(value, "/customer_id"));
  record.add("Cache node id", text_at(value, "/cache_node_id"));
  record.add("Customer key", text_at(value, "/customer_key"));
  record.add("Registration key", text_at(value, "/registration_key"));
  context.print(record.table());
  context.say(fmt::format("The registration key is for one use until {}. It is shown only here.",
                          short_time(text_at(value, "/registration_key_expires_at"))));
}

}  // namespace larder::cli
