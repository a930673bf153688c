#include "http/idle_connections.h"

#include <algorithm>

#include "core/check.h"
#include "net/network.h"

namespace larder::http {

IdleConnections::Connection::Connection(IdleConnections& all, net::ByteStream& stream)
    : all_(all), stream_(stream), site_(&all.enter(stream.peer().address)) {}

IdleConnections::Connection::~Connection() {
  end_wait();
  leave_site();
}

void IdleConnections::Connection::leave_site() {
  if (--site_->open > 0) return;
  const net::IpAddress site = site_->address;
  all_.sites_.erase(site);
}

void IdleConnections::Connection::move_to(const net::IpAddress& client) {
  CHECK(!is_linked(), "a connection that waits for one client was given to another");
  if (net::site_of(client) == site_->address) return;
  Site& next = all_.enter(client);
  leave_site();
  site_ = &next;
}

void IdleConnections::Connection::begin_wait(Where where) {
  where_ = where;
  (where == Where::kWithinOne ? site_->within : site_->between).push_back(*this);
  all_.count(*site_, site_->idle + 1);
}

void IdleConnections::Connection::end_wait() {
  if (!is_linked()) return;
  unlink();
  all_.count(*site_, site_->idle - 1);
}

IdleConnections::Site& IdleConnections::enter(const net::IpAddress& client) {
  Site& site = sites_[net::site_of(client)];
  site.address = net::site_of(client);
  ++site.open;
  return site;
}

void IdleConnections::count(Site& site, std::size_t idle) {
  site.unlink();
  site.idle = idle;
  if (idle >= by_idle_.size()) by_idle_.resize(idle + 1);
  if (idle > 0) by_idle_[idle].push_back(site);
  most_ = std::max(most_, idle);
  while (most_ > 0 && by_idle_[most_].empty()) --most_;
}

IdleConnections::Crowd IdleConnections::crowd() const {
  if (most_ == 0) return {};
  return {by_idle_[most_].front().address, most_};
}

void IdleConnections::close_one_of(const net::IpAddress& site) {
  const auto found = sites_.find(site);
  CHECK(found != sites_.end() && found->second.idle > 0, "a site without idle connections has none to close");
  Site& chosen = found->second;
  Connection& first = (chosen.between.empty() ? chosen.within : chosen.between).front();
  first.end_wait();
  if (first.where_ == Where::kBetweenExchanges) {
    first.stream_.close();
  } else {
    first.stream_.abort();
  }
}

}  // namespace larder::http
