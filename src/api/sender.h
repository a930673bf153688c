// Sender: who really sent a request, when proxies that we trust stand in between.
#pragma once

#include <span>

#include "http/head.h"
#include "net/address.h"

namespace larder::api {

struct Sender {
  net::IpAddress client;
  bool secure = false;  // over TLS, to us or to a listed proxy
  bool allowed =
      false;  // over TLS, from this machine, or from a listed proxy: nothing secret crosses a network in clear
};

/// `peer`: the other end of the connection. Its X-Forwarded-For and X-Forwarded-Proto count only if it is one of
/// `trusted`; of the addresses that passed it on, the last one (from the right) that is not trusted is the client.
Sender find_sender(const net::IpAddress& peer, bool tls, const http::FieldList& fields,
                   std::span<const net::Prefix> trusted);

}  // namespace larder::api
