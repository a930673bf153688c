// ConnectionCounter: counts the connections of one event loop's server.
#pragma once

#include "http/server.h"
#include "node/counters.h"

namespace larder::node {

class ConnectionCounter final : public http::ConnectionObserver {
 public:
  explicit ConnectionCounter(Counters& counters) : counters_(counters) {}

  void accepted() override { counters_.connections_accepted.add(1); }
  void turned_away() override { counters_.error(ErrorKind::kOverload); }
  void opened() override { counters_.connections.add(1); }
  void closed() override { counters_.connections.subtract(1); }

 private:
  Counters& counters_;
};

}  // namespace larder::node
