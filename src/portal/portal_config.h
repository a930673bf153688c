// PortalConfig: the configuration of larder-portal (docs/operations/portal.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/api_config.h"
#include "api/front_config.h"
#include "core/log_config.h"
#include "core/result.h"
#include "net/address.h"

namespace larder::portal {

struct ListenConfig {
  std::vector<net::Endpoint> http;
  std::vector<net::Endpoint> https;
  std::optional<net::Endpoint> status;
  std::vector<std::string> status_names;  // that the status address answers to, beside addresses and the machine's own
};

struct PortalConfig {
  ListenConfig listen;
  std::string tls_certificate;
  std::string tls_key;
  std::string database_url = "sqlite:/var/lib/larder/portal.db";
  std::size_t database_connections = 8;
  api::ApiConfig api;  // without a url: that of the first listener
  api::FrontConfig front;
  std::size_t connections = 4096;
  std::size_t connections_per_client = 512;    // of an IPv4 address or an IPv6 /64; 0: any number
  std::size_t requests_per_client = 256;       // under way at a time, those that wait for a change too; 0: any number
  std::size_t handshakes_per_client = 1200;    // of TLS, a minute; 0: any number
  std::vector<net::Prefix> unlimited_clients;  // that the three do not hold for
  std::chrono::milliseconds idle = std::chrono::seconds(60);       // a client between requests
  std::chrono::milliseconds head = std::chrono::seconds(10);       // a request's head
  std::chrono::milliseconds body_time = std::chrono::seconds(60);  // and its body
  std::uint64_t body_rate = 1024;                                  // bytes a second of it, after `head`; 0: any
  LogConfig log;
  std::string warnings;  // a line for each key that has another name now; "": none
};

/// Reads and checks a whole configuration, but for the database.
/// Errors: kInvalid; a line for each problem: "FILE:LINE: KEY: what is wrong and what would be right".
larder::Result<PortalConfig> parse_portal_config(std::string_view text, std::string_view file);

}  // namespace larder::portal
