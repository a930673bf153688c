// IdleConnections: which connections of a server wait for their next request, by site (client_limits.h):
// where all places are taken, a newcomer gets one that somebody with many of them leaves unused.
//
// Threads    one event loop.
// Cost       beginning and ending to wait: a list is relinked. crowd(): a look at each site that is connected.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <unordered_map>

#include "net/address.h"
#include "net/byte_stream.h"

namespace larder::http {

class IdleConnections {
  struct Site;
  using Hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

 public:
  // Connection: one, from its beginning to its end. `all` and `stream` must outlive it.
  class Connection : public Hook {
   public:
    Connection(IdleConnections& all, net::ByteStream& stream);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void begin_wait();
    void end_wait();

   private:
    friend class IdleConnections;

    IdleConnections& all_;
    net::ByteStream& stream_;
    Site& site_;
  };

  struct Crowd {
    net::IpAddress site;
    std::size_t idle = 0;
  };
  /// The site that has the most idle connections; `idle` is 0 if none has any.
  Crowd crowd() const;
  /// Closes the one of `site` that has been idle for the longest. REQUIRES: it has one.
  void close_one_of(const net::IpAddress& site);

 private:
  struct Site {
    net::IpAddress address;
    std::size_t open = 0;
    std::size_t idle = 0;
    boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> waiting{};
  };

  Site& enter(const net::IpAddress& client);

  std::unordered_map<net::IpAddress, Site> sites_;  // that have something open
};

}  // namespace larder::http
