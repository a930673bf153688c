// Credentials: the portals that this user is signed in to, in a file that nobody else may read.
//
// The file is written aside and renamed: it is whole or not there, whatever ends the program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace larder::client {

struct Credential {
  std::string portal;  // PortalUrl::text
  std::string token;
  std::string email;
  std::string ca_certificate;  // a file; "": the system's authorities
};

class Credentials {
 public:
  const Credential* find(std::string_view portal) const;
  /// The one that commands use if none is named.
  const Credential* current() const { return find(current_); }
  const std::vector<Credential>& all() const { return entries_; }

  /// Adds it, or replaces the portal's, and makes it the current one.
  void put(Credential credential);
  /// The next of the others, if there is one, becomes the current one.
  void remove(std::string_view portal);

  /// An empty set if there is no file. Errors: kCorrupt, kRefused (it cannot be read, or by others too).
  static larder::Result<Credentials> load(const std::string& file);
  /// Makes the folder (0700) if it is not there; the file is 0600.
  larder::Result<> save(const std::string& file) const;

 private:
  std::string current_;
  std::vector<Credential> entries_;
};

}  // namespace larder::client
