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
  /// Whatever a request changes of what is followed has to be in the change log (database/change_log.h).
  ApiTest() {
    write_all({"CREATE TABLE touched (kind TEXT, id TEXT, seq BIGINT)", trigger("organisation", "INSERT", "NEW"),
               trigger("organisation", "DELETE", "OLD"), trigger("organisation", "UPDATE", "NEW"),
               trigger("resource", "INSERT", "NEW"), trigger("resource", "DELETE", "OLD"),
               trigger("resource", "UPDATE", "NEW"), trigger("node", "INSERT", "NEW"), trigger("node", "DELETE", "OLD"),
               trigger("node", "UPDATE", "NEW",
                       "WHEN OLD.version <> NEW.version OR OLD.ip_space_state <> NEW.ip_space_state"
                       " OR OLD.routed_ipv4_addresses <> NEW.routed_ipv4_addresses"
                       " OR OLD.routed_ipv6_networks <> NEW.routed_ipv6_networks")});
  }

  /// Notes in `touched` that a row was changed, and where the log was then.
  static std::string trigger(const std::string& table, const std::string& event, const std::string& row,
                             const std::string& when = "") {
    return "CREATE TRIGGER touched_" + table + "_" + event + " AFTER " + event + " ON " + table + " " + when +
           " BEGIN INSERT INTO touched SELECT '" + table + "', " + row +
           ".id, (SELECT COALESCE(MAX(seq), 0) FROM change); END";
  }
  void write_all(const std::vector<std::string>& statements) {
    const auto written = write([&](database::Transaction& transaction) -> larder::Result<> {
      for (const std::string& sql : statements) {
        TRY_VOID(transaction.run(sql));
      }
      return {};
    });
    CHECK(written.has_value(), "the statements are right");
  }
  /// What tests do past the API is their own affair.
  void forget_touches() {
    if (count("touched") > 0) write_all({"DELETE FROM touched"});
  }
  /// What was touched is logged behind where the log was then.
  void expect_that_changes_are_logged(const api::Request& request) {
    EXPECT_EQ(count("touched t",
                    "NOT EXISTS (SELECT 1 FROM change c WHERE c.kind = t.kind AND c.object_id = t.id"
                    " AND c.seq > t.seq)"),
              0)
        << request.method << " " << request.path << " changed something that is not in the change log";
  }

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
    forget_touches();
    auto response = api.answer(request, caller);
    expect_that_changes_are_logged(request);
    return response;
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
