// RoutedCall: one request whose route is found, and how it is answered: whether the caller may ask, the transaction,
// and what was done before under the same Idempotency-Key.
#pragma once

#include <functional>
#include <optional>

#include "api/route.h"

namespace larder::api {

/// Who sent a request, as far as that still holds in a transaction.
using Identify = std::function<ledger::Result<std::optional<identity::Principal>>(database::Transaction&)>;

/// Whether they may use the route, as far as no look into the database is needed: signed in, admin, scope.
/// Errors: kUnauthenticated, kForbidden.
ledger::Result<> check_caller(const Route& route, const PathNames& path,
                              const std::optional<identity::Principal>& principal);

/// What is not there, and what is not for the caller's eyes.
std::unexpected<ledger::Problem> not_found(const Request& request);

// All that is referred to outlives it.
struct RoutedCall {
  const Request& request;
  const Services& services;
  const Route& route;
  const PathNames& path;
  const std::optional<identity::Principal>& principal;
  const Identify& identify;  // who `principal` is by now; null if nobody is signed in
  boost::json::object body;

  /// REQUIRES: check_caller().
  ledger::Result<Response> run() const;
};

}  // namespace larder::api
