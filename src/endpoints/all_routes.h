// All routes of the API.
#pragma once

#include "api/route.h"

namespace larder::endpoints {

api::RouteTable all_routes();

// One function for each file of handlers.
void add_organisation_routes(api::RouteTable& table);
void add_resource_routes(api::RouteTable& table);
void add_node_routes(api::RouteTable& table);
void add_ip_space_routes(api::RouteTable& table);
void add_audit_routes(api::RouteTable& table);
void add_change_routes(api::RouteTable& table);
void add_sign_in_routes(api::RouteTable& table);         // /session, /sign-in-methods
void add_single_sign_on_routes(api::RouteTable& table);  // /single-sign-on
void add_device_routes(api::RouteTable& table);          // /device-authorizations, /token, /device-codes
void add_page_routes(api::RouteTable& table);            // of people with a browser
void add_account_routes(api::RouteTable& table);
void add_user_routes(api::RouteTable& table);
void add_member_routes(api::RouteTable& table);  // members and invitations
void add_access_request_routes(api::RouteTable& table);
void add_description_routes(api::RouteTable& table);  // /openapi.json

}  // namespace larder::endpoints
