#include "cli/node_place.h"

namespace larder::cli {

void NodePlace::add_to(Command command, bool with_name) {
  if (with_name) command.argument("NODE", name, "Name or id").required();
  command.option("--org", organisation, "ORGANISATION", "Name or id of its organisation");
  command.option("--resource", resource, "RESOURCE", "Name or id of its resource");
}

}  // namespace larder::cli
