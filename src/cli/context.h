// Context: what a command has in hand: the portal it talks to, the streams it writes to, and how.
//
// Answers go to standard output and nothing else does; messages go to standard error.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cli/api_client.h"
#include "cli/credentials.h"
#include "cli/environment.h"
#include "cli/failure.h"
#include "cli/table.h"

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
  const Globals& globals() const { return globals_; }

  /// The portal, signed in: --portal and LARDER_PORTAL before the current one of the credentials file, LARDER_TOKEN
  /// before the token in it. Valid as long as this object. Errors: kNotSignedIn, kUsage.
  Result<std::reference_wrapper<ApiClient>> client();
  /// A portal where nobody is signed in.
  Result<std::unique_ptr<ApiClient>> stranger(std::string_view url) const;

  /// Errors: kUsage (neither XDG_CONFIG_HOME nor HOME is set).
  Result<std::string> credentials_file() const;
  /// The portal that client() would talk to; "" if none is known.
  Result<std::string> portal_name(const Credentials& credentials) const;

  void print(const Table& table);
  void print_json(const boost::json::value& value);
  /// What was done: `value` where programs read, `sentence` on standard error for people.
  void tell(const boost::json::value& value, std::string_view sentence);
  /// A line of an answer.
  void print_line(std::string_view text);
  /// A line on standard error.
  void say(std::string_view text);
  void report(const Failure& failure);

  /// Asks at the terminal; `prompt` is a question. Errors: kUsage (nobody to ask).
  Result<std::string> ask(std::string_view prompt);

 private:
  Result<ApiClient::Options> signed_in() const;

  Environment& environment_;
  const Globals& globals_;
  std::unique_ptr<ApiClient> client_;
};

}  // namespace larder::cli
