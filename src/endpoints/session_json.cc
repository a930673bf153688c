#include "endpoints/session_json.h"

#include <boost/json/array.hpp>
#include <utility>

#include "api/session_cookie.h"
#include "identity/api_tokens.h"
#include "identity/users.h"

namespace larder::endpoints {
namespace {

using ledger::Result;

Result<boost::json::array> memberships_of(database::Transaction& transaction, const std::string& user_id) {
  TRY(const auto rows, transaction.run("SELECT o.id, o.name, o.kind, m.role FROM membership m JOIN organisation o"
                                       " ON o.id = m.organisation_id WHERE m.account_id = $1 ORDER BY o.name_key",
                                       {user_id}));
  boost::json::array list;
  for (const auto& row : rows) {
    boost::json::object organisation{{"id", row.text(0)}, {"name", row.text(1)}, {"kind", row.text(2)}};
    list.push_back(boost::json::object{{"organisation", std::move(organisation)}, {"role", row.text(3)}});
  }
  return list;
}

Result<boost::json::object> describe(database::Transaction& transaction, const std::string& user_id, ledger::Via via,
                                     const std::set<identity::Scope>& scopes) {
  TRY(const auto user, identity::find_user(transaction, user_id));
  TRY(auto memberships, memberships_of(transaction, user_id));
  boost::json::object body;
  body["user"] = to_json(user);
  body["memberships"] = std::move(memberships);
  body["via"] = to_string(via);
  auto effective = scopes;
  if (!user.admin) effective.erase(identity::Scope::kAdmin);
  body["scopes"] = to_json(effective);
  body["csrf_token"] = nullptr;
  return body;
}

}  // namespace

Result<boost::json::object> session_json(database::Transaction& transaction, const identity::Principal& principal) {
  TRY(auto body, describe(transaction, principal.user_id, principal.via, principal.scopes));
  if (principal.via == ledger::Via::kSession) {
    TRY(const auto session, identity::find_session_by_id(transaction, principal.credential_id));
    body["csrf_token"] = session.csrf_token;
  }
  return body;
}

Result<boost::json::object> new_session_json(database::Transaction& transaction, const identity::Session& session) {
  TRY(auto body, describe(transaction, session.user_id, ledger::Via::kSession, identity::scopes_of(true)));
  body["csrf_token"] = session.csrf_token;
  return body;
}

identity::Client client_of(const api::Request& request) {
  const std::string* agent = request.field("User-Agent");
  auto browser = api::browser_cookie(request);
  if (!browser && request.field("Sec-Fetch-Site") != nullptr) browser = "";
  return {.address = request.client, .user_agent = agent == nullptr ? "" : *agent, .browser = std::move(browser)};
}

}  // namespace larder::endpoints
