// IdleConnections: which connections of a server wait for their clients, by site (net/network.h): for a TLS
// handshake, for a request, for what is missing of one, for an answer to be taken, or for the end. Where all places are
// taken, a newcomer gets one of somebody who has many of them and does nothing with them.
//
// Threads    one event loop.
// Cost       beginning and ending to wait relinks two lists; crowd() knows the answer, however many sites there are.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <deque>
#include <unordered_map>

#include "net/address.h"
#include "net/byte_stream.h"

namespace larder::http {

class IdleConnections {
  struct Site;
  using Hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

 public:
  enum class Where {
    kBetweenExchanges,  // or after the last one
    kWithinOne,         // what has been sent of it must not look whole
  };

  // Connection: one, from its beginning to its end. `all` and `stream` must outlive it.
  class Connection : public Hook {
   public:
    Connection(IdleConnections& all, net::ByteStream& stream);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

   private:
    friend class IdleConnections;

    void begin_wait(Where where);
    void end_wait();
    void move_to(const net::IpAddress& client);
    void leave_site();

    IdleConnections& all_;
    net::ByteStream& stream_;
    Site* site_;
    Where where_ = Where::kBetweenExchanges;
  };

  // Wait: `connection` waits for its client until this ends. Null: nobody asks.
  class Wait {
   public:
    explicit Wait(Connection* connection, Where where = Where::kWithinOne) : connection_(connection) {
      if (connection_ != nullptr) connection_->begin_wait(where);
    }
    ~Wait() {
      if (connection_ != nullptr) connection_->end_wait();
    }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

   private:
    Connection* const connection_;
  };

  // OnBehalf: `connection` counts as one of `client`, whom its peer speaks for, until this ends. Null: nobody asks.
  // REQUIRES: it waits neither when this begins nor when it ends.
  class OnBehalf {
   public:
    OnBehalf(Connection* connection, const net::IpAddress& client) : connection_(connection) {
      if (connection_ != nullptr) connection_->move_to(client);
    }
    ~OnBehalf() {
      if (connection_ != nullptr) connection_->move_to(connection_->stream_.peer().address);
    }
    OnBehalf(const OnBehalf&) = delete;
    OnBehalf& operator=(const OnBehalf&) = delete;

   private:
    Connection* const connection_;
  };

  struct Crowd {
    net::IpAddress site;
    std::size_t idle = 0;
  };
  /// A site of those that have the most idle connections; `idle` is 0 if none has any.
  Crowd crowd() const;
  /// Closes the one of `site` that has waited for the longest since something came or went, of those within an exchange
  /// only if there are no others. REQUIRES: it has one.
  void close_one_of(const net::IpAddress& site);

 private:
  template <class Entry>
  using List = boost::intrusive::list<Entry, boost::intrusive::constant_time_size<false>>;

  struct Site : Hook {
    net::IpAddress address;
    std::size_t open = 0;
    std::size_t idle = 0;
    List<Connection> between{};  // exchanges
    List<Connection> within{};   // one
  };

  Site& enter(const net::IpAddress& client);
  void count(Site& site, std::size_t idle);

  std::deque<List<Site>> by_idle_;                  // the sites that have so many idle connections; of 0 none
  std::size_t most_ = 0;                            // the last of them that is not empty; 0: all are
  std::unordered_map<net::IpAddress, Site> sites_;  // that have something open
};

}  // namespace larder::http
