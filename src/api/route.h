// Route: one method and path of the API, who may use it, and what answers it. RouteTable: all of them.
//
// docs/api/openapi.json says the same, and a test holds the two together.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"

namespace larder::api {

enum class Needs { kNothing, kSignedIn, kAdmin, kViewer, kOperator, kOwner };
std::string_view to_string(Needs needs);

enum class Mode {
  kNone,   // needs no database
  kRead,   // in a reading transaction
  kWrite,  // in a writing one, which is rolled back if the answer is a Problem
  kOwn,    // opens transactions itself (Call::write): between them it does what takes long (hashing passwords, asking a
           // provider)
};

/// Whose threads answer.
enum class Lane {
  kWorkers,    // everybody's
  kPasswords,  // those that hash passwords: whatever may have to
  kProvider,   // those that wait for the sign-in provider
};

using Handler = std::function<ledger::Result<Response>(Call&)>;
using Gate = std::function<ledger::Result<>(Call&)>;

struct Route {
  std::string_view method;
  std::string_view path;  // below /api/v1: "/organisations/{organisation}/members/{user}"
  Needs needs = Needs::kSignedIn;
  std::optional<identity::Scope> scope;  // nullopt where needs is kNothing
  Mode mode = Mode::kRead;
  Handler handler;
  bool answers_secret = false;  // the answer is not kept for a replay with the same Idempotency-Key
  bool own_token = false;       // a token may do this to itself, whatever its scopes
  bool json_body = true;        // false: the handler reads request.body itself (forms)
  Lane lane = Lane::kWorkers;
  Gate gate = nullptr;  // of what anybody may ask: in a reading transaction, so that who is refused here costs no write
  std::vector<std::string_view> secrets = {};  // members of the body: passwords, one-time codes
  bool is_page = false;    // of GET: people are sent there; what other pages load as a part of themselves is refused
  bool is_chosen = false;  // of a page: who comes from another site has to have chosen to, and not that site for them
};

/// What a method and a path come to.
struct RouteMatch {
  const Route* route = nullptr;  // null: there is none
  PathNames path{};
  std::string allow{};    // without a route: the methods that the path is asked with
  std::string problem{};  // without a route: what is wrong with the path itself
};

class RouteTable {
 public:
  /// Bytes of one element of a path, as sent: more than any name has.
  static constexpr std::size_t kLongestElement = 200;

  void add(Route route);
  const std::vector<Route>& all() const { return routes_; }

  /// The route of `method` and `path`, as sent. What the match points to lives as long as this.
  /// Cost: a few comparisons for each route with as many elements; elements are decoded only where all else fits.
  RouteMatch find(std::string_view method, std::string_view path) const;

 private:
  using Elements = std::vector<std::string_view>;

  std::vector<Route> routes_;
  std::vector<Elements> patterns_;  // of the routes, in the same order: "api", "v1", "nodes", "{node}"
  std::size_t most_elements_ = 0;
};

}  // namespace larder::api
