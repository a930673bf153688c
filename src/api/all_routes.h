// All routes of the API.
#pragma once

#include "api/route.h"

namespace larder::api {

RouteTable all_routes();

// One function for each file of handlers.
void add_organisation_routes(RouteTable& table);
void add_resource_routes(RouteTable& table);
void add_node_routes(RouteTable& table);
void add_ip_space_routes(RouteTable& table);
void add_audit_routes(RouteTable& table);
void add_sign_in_routes(RouteTable& table);         // /session, /sign-in-methods
void add_single_sign_on_routes(RouteTable& table);  // /single-sign-on
void add_device_routes(RouteTable& table);          // /device-authorizations, /token, /device-codes
void add_account_routes(RouteTable& table);
void add_user_routes(RouteTable& table);
void add_member_routes(RouteTable& table);  // members and invitations
void add_access_request_routes(RouteTable& table);
void add_description_routes(RouteTable& table);  // /openapi.json

}  // namespace larder::api
