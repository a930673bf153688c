// Api: answers requests: finds the route, who asks and whether they may, opens the transaction, replays what was done
// before under the same Idempotency-Key.
//
// Threads    answer() from any thread but an event loop's: it blocks.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "api/call.h"
#include "api/route.h"
#include "api/routed_call.h"
#include "identity/network_rate.h"

namespace larder::api {

class Api {
 public:
  Api(Services services, RouteTable routes);

  /// Never fails: whatever goes wrong is a problem document.
  Response answer(const Request& request);
  /// The same for somebody who is known already: tests.
  Response answer(const Request& request, std::optional<identity::Principal> principal);

  /// Notes the route of `request` in it, for answer(), and says whose threads should call that. From any thread.
  Lane route(Request& request) const;
  /// Why whoever sends a request with these fields may not send a large body: nobody signed in does; nullopt: they may.
  std::optional<Response> refuse_stranger(const Request& request) const;

  const RouteTable& routes() const { return routes_; }

 private:
  std::shared_ptr<const RouteMatch> match_of(const Request& request) const;
  /// Keeps those who are not signed in from asking the database more often than people do. A browser that signed in
  /// before has requests of its own, and then those of its network.
  ledger::Result<> meter(const Request& request, const Route& route);
  /// The problem for the client; what is not for its eyes goes to the log.
  Response refused(const ledger::Problem& problem) const;
  /// `identify`: who `principal` is by now, in a transaction; null if nobody is.
  Response answer(const Request& request, const RouteMatch& match, std::optional<identity::Principal> principal,
                  const Identify& identify);
  ledger::Result<Response> dispatch(const Request& request, const RouteMatch& match,
                                    std::optional<identity::Principal> principal, const Identify& identify);

  Services services_;
  RouteTable routes_;
  std::map<const Route*, identity::NetworkRate> rates_;  // of the routes of strangers that need the database
  identity::NetworkRate browsers_;                       // of all these routes together, by browser
};

}  // namespace larder::api
