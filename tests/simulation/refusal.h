// Refusal: what the origin says to queries of a certain kind, as it does to signatures that are wrong: to them alone,
// however often and by whomever they are asked.
//
// A value. Threads: any.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "simulation/random.h"

namespace larder::simulation {

struct Refusal {
  static constexpr std::array kStatuses = {401, 403, 404, 407, 408, 410, 429, 500, 502, 503, 504};

  int status = 0;
  bool later = false;  // with Retry-After

  static Refusal draw(Random& random);
  /// What `query` is refused with; nothing: it is as good as any.
  static std::optional<Refusal> of(std::string_view query);

  std::string query() const;
  /// Whether it can be taken for an origin that is out, and not for a word about the request.
  bool is_of_the_moment() const { return status >= 500 || is_for_the_node(status); }
  /// Statuses that no client may get: they are aimed at who asks the origin.
  static bool is_for_the_node(int status) { return status == 407 || status == 408 || status == 429; }
};

}  // namespace larder::simulation
