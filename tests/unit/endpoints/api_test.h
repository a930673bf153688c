// ApiTest: an Api on the portal's tables in memory, asked as somebody who is known already.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>
#include <vector>

#include "api/api.h"
#include "api/api_config.h"
#include "endpoints/all_routes.h"
#include "unit/identity/identity_test.h"

namespace larder::endpoints {

using Fields = std::vector<std::pair<std::string, std::string>>;

class ApiTest : public identity::IdentityTest {
 protected:
  static identity::Principal somebody(bool admin) {
    identity::Principal principal;
    principal.user_id = ledger::new_id(WallTime());
    principal.email = admin ? "admin@example.net" : "user@example.net";
    principal.name = principal.email;
    principal.admin = admin;
    using identity::Scope;
    principal.scopes = {Scope::kRead, Scope::kKeys, Scope::kWrite, Scope::kManage, Scope::kAdmin};
    return principal;
  }

  api::Response send(std::string method, std::string_view path_and_query, std::string body = "", Fields fields = {}) {
    api::Request request;
    request.method = std::move(method);
    const std::size_t mark = path_and_query.find('?');
    request.path = "/api/v1" + std::string(path_and_query.substr(0, mark));
    if (mark != std::string_view::npos) request.query = path_and_query.substr(mark + 1);
    request.fields = std::move(fields);
    if (!body.empty()) request.fields.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
    request.client = net::IpAddress::v4(0x7f000001);
    return api.answer(request, caller);
  }
  api::Response get(std::string_view path) { return send("GET", path); }
  api::Response post(std::string_view path, std::string body, Fields fields = {}) {
    return send("POST", path, std::move(body), std::move(fields));
  }

  static boost::json::object json(const api::Response& response) {
    return boost::json::parse(response.whole_body()).as_object();
  }
  static std::string id(const api::Response& response) { return std::string(json(response).at("id").as_string()); }
  static std::string type(const api::Response& response) {
    return std::string(json(response).at("type").as_string()).substr(std::string_view("urn:larder:problem:").size());
  }
  static std::string field(const api::Response& response, std::string_view name) {
    for (const auto& [field_name, value] : response.fields) {
      if (field_name == name) return value;
    }
    return "";
  }

  std::string make_organisation(const std::string& name, const std::string& kind = "isp") {
    return id(post("/organisations", R"({"name": ")" + name + R"(", "kind": ")" + kind + R"("})"));
  }
  std::string make_resource(const std::string& organisation) {
    return id(post("/organisations/" + organisation + "/resources", R"({"name": "default"})"));
  }

  api::ApiConfig config{.sign_in = sign_in_config};
  api::Api api{api::Services{*database, clock, config, *log}, all_routes()};
  std::optional<identity::Principal> caller = somebody(true);
};

}  // namespace larder::endpoints
