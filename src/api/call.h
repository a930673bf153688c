// Call: one API request while it is being answered, and everything that an answer is made with.
//
// Handlers are plain blocking functions that run on worker threads; one request is one transaction, in which its
// idempotency record and audit records are written too: it happens wholly or not at all.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/api_config.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "database/database.h"
#include "identity/principal.h"
#include "ledger/problem.h"
#include "ledger/secret.h"
#include "net/address.h"

namespace larder::api {

struct RouteMatch;

/// What the {names} of a route's path stand for, decoded.
using PathNames = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string path;   // as sent, without the query: "/api/v1/nodes"
  std::string query;  // as sent, without the "?"
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  net::IpAddress client;  // of the client, not of a proxy that is listed
  bool secure = false;    // it came over TLS, to us or to a listed proxy
  std::string piece;      // Response::next of the piece before; "" asks for the first. Never a client's word
  std::shared_ptr<const RouteMatch> match{};  // what Api::route() found; null: it was not asked

  /// The first field called `name`, whatever its case; nullptr if there is none.
  const std::string* field(std::string_view name) const;
  /// The query parameter `name`, decoded; nullopt if it is not there.
  std::optional<std::string> parameter(std::string_view name) const;
  std::vector<std::pair<std::string, std::string>> parameters() const;
  /// The value of a cookie; nullopt if there is none.
  std::optional<std::string> cookie(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string body;
  std::string_view text{};  // the body where this is not "": one that lives as long as the program, and is not copied
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> fields;
  /// The client asked to wait for a change ("Prefer: wait"): if this is set, the front waits for a change of `kind` and
  /// `id`, at most so long, and asks again; if nothing changes, this response is sent.
  struct Wait {
    std::string kind;
    std::string id;
    std::chrono::milliseconds patience;
  };
  std::optional<Wait> wait;
  /// Not "": the body goes on. Once the client has taken what there is, the front asks again with this as
  /// Request::piece, so that a slow client holds neither a worker nor a transaction, and one piece in memory.
  std::string next;
  std::string user_id;  // who asked, for the access log; "" if nobody is signed in

  std::string_view whole_body() const { return text.empty() ? std::string_view(body) : text; }

  static Response json(const boost::json::value& value, int status = 200);
  static Response no_content();
  Response& with(std::string name, std::string value);
};

/// application/problem+json of `problem`.
Response to_response(const ledger::Problem& problem);

// What all calls share. Owns nothing but the key; outlives them.
struct Services {
  database::Database& database;
  const Clock& clock;
  const ApiConfig& config;
  Log& log;
  std::string browser_key = ledger::new_secret("");  // identity/browser_seal.h; this one is nobody else's
};

class Call {
 public:
  /// All three outlive it. `json`: of routes with a JSON body.
  Call(const Request& asked, const Services& shared, const boost::json::object& json)
      : request(asked), services(shared), body(json) {}

  const Request& request;
  const Services& services;
  const boost::json::object& body;
  std::optional<identity::Principal> principal;  // nullopt: nobody is signed in
  PathNames path;
  std::string organisation_id;                        // of routes that need a role in one
  database::Transaction* open_transaction = nullptr;  // null in routes of Mode::kOwn
  /// Of routes of Mode::kOwn: looks again who the caller is, and whether they may still do this; see write().
  std::function<ledger::Result<>(database::Transaction&)> look_again;

  database::Transaction& transaction() const {
    CHECK(open_transaction != nullptr, "this route opens its own transactions");
    return *open_transaction;
  }
  /// For routes of Mode::kOwn: Database::write(), if the caller may still do what they were let in for. Much may have
  /// been revoked since, while a password was hashed: the session or token, the account, a role. `principal` and
  /// `organisation_id` are those of now in `f`.
  /// Errors: as those of being let in.
  template <class F>
  std::invoke_result_t<F&, database::Transaction&> write(F f) {
    CHECK(look_again != nullptr, "this route has a transaction");
    return services.database.write(
        [&](database::Transaction& transaction) -> std::invoke_result_t<F&, database::Transaction&> {
          TRY_VOID(look_again(transaction));
          return f(transaction);
        });
  }
  const identity::Principal& caller() const {
    CHECK(principal.has_value(), "this route is public");
    return *principal;
  }
  const std::string& argument(std::string_view name) const;
  WallTime now() const { return services.clock.wall(); }
  ledger::Actor actor() const;
};

}  // namespace larder::api
