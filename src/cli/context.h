// Context: what a command has in hand: the portal it talks to, the console it writes to, and how.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cli/environment.h"
#include "cli/failure.h"
#include "cli/portal.h"
#include "client/credentials.h"

namespace larder::cli {

// Options that every command has.
struct Globals {
  bool json = false;
  std::string portal;
  std::string ca_certificate;
  bool insecure_http = false;
};

class Context {
 public:
  /// Both must outlive it.
  Context(Environment& environment, const Globals& globals) : environment_(environment), globals_(globals) {}

  Environment& environment() { return environment_; }
  terminal::Console& console() { return environment_.console; }
  const Globals& globals() const { return globals_; }

  /// The portal, signed in: --portal and LARDER_PORTAL before the current one of the credentials file, LARDER_TOKEN
  /// before the token in it. Valid as long as this object. Errors: kNotSignedIn, kUsage.
  Result<std::reference_wrapper<Portal>> portal();
  /// From now on portal() answers within two seconds, or not at all: somebody waits with a finger on a key.
  void hurry() { is_hurried_ = true; }
  /// The same as an object of its own. Errors: kNotSignedIn, kUsage.
  Result<std::unique_ptr<Portal>> signed_in(const client::Credentials& credentials) const;
  /// A portal with the token of `credential`.
  std::unique_ptr<Portal> portal_with(const client::Credential& credential, const client::PortalUrl& url) const;
  /// A portal where nobody is signed in.
  Result<std::unique_ptr<Portal>> stranger(std::string_view url) const;

  /// Errors: kUsage (neither XDG_CONFIG_HOME nor HOME is set).
  Result<std::string> credentials_file() const;
  /// Those of the file; none if there is no file, or no place for one.
  Result<client::Credentials> credentials() const;
  /// The portal that portal() would talk to; "" if none is known.
  Result<std::string> portal_name(const client::Credentials& credentials) const;

  // As in Console.

  void print(const terminal::Table& table) { console().print(table); }
  void print_json(const boost::json::value& value) { console().print_json(value); }
  void print_line(std::string_view text) { console().print_line(text); }
  void say(std::string_view text) { console().say(text); }

  /// What was done: `value` where programs read, `sentence` on standard error for people.
  void tell(const boost::json::value& value, std::string_view sentence);
  void report(const Failure& failure);

 private:
  Environment& environment_;
  const Globals& globals_;
  bool is_hurried_ = false;
  std::unique_ptr<Portal> portal_;
};

}  // namespace larder::cli
