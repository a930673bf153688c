#include "http/idle_connections.h"

#include "core/check.h"
#include "http/client_limits.h"

namespace larder::http {

IdleConnections::Connection::Connection(IdleConnections& all, net::ByteStream& stream)
    : all_(all), stream_(stream), site_(all.enter(stream.peer().address)) {}

IdleConnections::Connection::~Connection() {
  end_wait();
  if (--site_.open > 0) return;
  const net::IpAddress site = site_.address;
  all_.sites_.erase(site);
}

void IdleConnections::Connection::begin_wait(Where where) {
  where_ = where;
  site_.waiting.push_back(*this);
  ++site_.idle;
}

void IdleConnections::Connection::end_wait() {
  if (!is_linked()) return;
  unlink();
  --site_.idle;
}

IdleConnections::Site& IdleConnections::enter(const net::IpAddress& client) {
  Site& site = sites_[site_of(client)];
  site.address = site_of(client);
  ++site.open;
  return site;
}

IdleConnections::Crowd IdleConnections::crowd() const {
  Crowd most;
  for (const auto& [address, site] : sites_) {
    if (site.idle > most.idle) most = {address, site.idle};
  }
  return most;
}

void IdleConnections::close_one_of(const net::IpAddress& site) {
  const auto found = sites_.find(site);
  CHECK(found != sites_.end() && found->second.idle > 0, "a site without idle connections has none to close");
  Connection& first = found->second.waiting.front();
  first.end_wait();
  if (first.where_ == Where::kBetweenExchanges) {
    first.stream_.close();
  } else {
    first.stream_.abort();
  }
}

}  // namespace larder::http
