#include "endpoints/all_routes.h"

namespace larder::endpoints {

using api::RouteTable;

RouteTable all_routes() {
  RouteTable table;
  add_description_routes(table);
  add_sign_in_routes(table);
  add_single_sign_on_routes(table);
  add_device_routes(table);
  add_page_routes(table);
  add_account_routes(table);
  add_user_routes(table);
  add_organisation_routes(table);
  add_member_routes(table);
  add_access_request_routes(table);
  add_resource_routes(table);
  add_node_routes(table);
  add_ip_space_routes(table);
  add_audit_routes(table);
  add_change_routes(table);
  return table;
}

}  // namespace larder::endpoints
