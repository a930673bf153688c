#include "cli/installation_view.h"

#include "cli/list_view.h"

namespace larder::cli {

Result<client::Installation> make_installation(Context& context, const std::string& node_id,
                                               std::optional<std::chrono::seconds> valid_for) {
  RequestBody sent;
  std::optional<std::chrono::hours> hours;
  if (valid_for) {
    hours = std::chrono::duration_cast<std::chrono::hours>(*valid_for);
    if (*hours != *valid_for) {
      return give_up(ExitCode::kUsage, "--expires-in: a whole number of hours, such as 24h or 2d");
    }
    sent.set("expires_in_hours", hours->count(), "--expires-in");
  }
  TRY(Portal & portal, context.portal());
  return portal.tell(client::make_installation(portal.api(), node_id, hours), sent);
}

boost::json::value installation_json(const client::Installation& installation) {
  return {{"customer_id", installation.customer_id},
          {"cache_node_id", installation.cache_node_id},
          {"customer_key", installation.customer_key},
          {"registration_key", installation.registration_key},
          {"registration_key_expires_at", installation.registration_key_expires_at}};
}

void show_installation(Context& context, const client::Installation& installation) {
  Record record;
  record.add("Customer id", installation.customer_id);
  record.add("Cache node id", installation.cache_node_id);
  record.add("Customer key", installation.customer_key);
  record.add("Registration key", installation.registration_key);
  context.print(record.table());
  context.say(fmt::format("The registration key is for one use until {}. It is shown only here.",
                          short_time(installation.registration_key_expires_at)));
}

}  // namespace larder::cli
