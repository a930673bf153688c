// PortalConfig: the configuration of larder-portal (docs/operations/portal.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

struct SignInConfig {
  std::chrono::milliseconds session = std::chrono::hours(12);  // at most, from signing in
  std::chrono::milliseconds idle = std::chrono::hours(2);      // without a request
  int password_least = 12;                                     // characters
  std::uint64_t hash_memory = 64ULL << 20;                     // argon2id: bytes ...
  int hash_passes = 3;                                         // ... and passes over them
  int attempts = 5;                                            // wrong passwords for an account or from an address ...
  std::chrono::milliseconds attempt_window = std::chrono::minutes(15);  // ... within this time
};

struct SingleSignOnConfig {
  std::string name;    // on the button: "Example ID"
  std::string issuer;  // "https://id.example.net"
  std::string client_id;
  std::string client_secret;          // from client_secret_file
  std::string certificate_authority;  // PEM file, in place of the system's; "" is the system's
  bool create_users = false;          // whoever the provider knows gets an account (without any role)
};

struct IpSpaceConfig {
  std::int64_t review_above = 50'000;      // addresses of an organisation's nodes (of IPv6: /56 networks)
  std::int64_t absurd_above = 16'777'216;  // of them, those that nobody has approved: need attention at once
  std::size_t blocks_per_node = 10'000;
};

struct PortalConfig {
  ListenConfig listen;
  std::string tls_certificate;
  std::string tls_key;
  std::string url;  // what people and nodes call the portal by, without "/" at its end; "" is the first listener
  std::vector<net::Prefix> trusted_proxies;  // whose X-Forwarded-For and X-Forwarded-Proto are believed
  std::string database_url = "sqlite:/var/lib/larder/portal.db";
  std::size_t database_connections = 8;
  bool allow_private = false;  // [probe]: an ISP's node may have a private or loopback address
  SignInConfig sign_in;
  std::optional<SingleSignOnConfig> single_sign_on;
  IpSpaceConfig ip_space;
  std::size_t body_limit = 4 << 20;
  std::size_t connections = 4096;
  std::size_t connections_per_client = 512;    // of an IPv4 address or an IPv6 /64; 0: any number
  std::size_t requests_per_client = 256;       // under way at a time, those that wait for a change too; 0: any number
  std::size_t handshakes_per_client = 1200;    // of TLS, a minute; 0: any number
  std::vector<net::Prefix> unlimited_clients;  // that the three do not hold for
  std::size_t workers = 8;                     // threads that answer
  std::chrono::milliseconds idle = std::chrono::seconds(60);        // a client between requests
  std::chrono::milliseconds head = std::chrono::seconds(10);        // a request's head
  std::chrono::milliseconds body_time = std::chrono::seconds(60);   // and its body
  std::uint64_t body_rate = 1024;                                   // bytes a second of it, after `head`; 0: any
  std::chrono::milliseconds send_stall = std::chrono::seconds(30);  // a client that does not take its answer
  LogConfig log;
};

/// Reads and checks a whole configuration, but for the database.
/// Errors: kInvalid; a line for each problem: "FILE:LINE: KEY: what is wrong and what would be right".
larder::Result<PortalConfig> parse_portal_config(std::string_view text, std::string_view file);

}  // namespace larder::portal
