#include "cli/context.h"

#include <algorithm>
#include <istream>
#include <ostream>

#include "cli/json_view.h"
#include "cli/printable.h"

namespace larder::cli {

namespace {

bool is_token(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Result<std::string> Context::credentials_file() const {
  if (const auto folder = environment_.variable("XDG_CONFIG_HOME")) return *folder + "/larder/credentials.json";
  if (const auto home = environment_.variable("HOME")) return *home + "/.config/larder/credentials.json";
  return give_up(ExitCode::kUsage, "Neither XDG_CONFIG_HOME nor HOME is set: there is no place for credentials.");
}

Result<std::string> Context::portal_name(const Credentials& credentials) const {
  std::string named = globals_.portal;
  if (named.empty()) named = environment_.variable("LARDER_PORTAL").value_or("");
  if (named.empty()) return credentials.current() == nullptr ? "" : credentials.current()->portal;
  TRY(const PortalUrl url, parse_portal_url(named, true));
  return url.text;
}

Result<ApiClient::Options> Context::signed_in() const {
  Credentials credentials;
  if (const auto file = credentials_file()) {
    TRY(credentials, Credentials::load(*file));
  }
  TRY(const std::string portal, portal_name(credentials));
  if (portal.empty()) {
    return give_up(ExitCode::kNotSignedIn, "You are not signed in to a portal. Sign in with: larder login URL");
  }
  const Credential* credential = credentials.find(portal);
  const auto token = environment_.variable("LARDER_TOKEN");
  if (credential == nullptr && !token) {
    return give_up(ExitCode::kNotSignedIn, "You are not signed in to {0}. Sign in with: larder login {0}", portal);
  }
  ApiClient::Options options;
  // Who signed in with --insecure-http has decided it for this portal.
  TRY(options.portal, parse_portal_url(portal, globals_.insecure_http || credential != nullptr));
  options.token = token ? *token : credential->token;
  if (!is_token(options.token)) {
    return give_up(ExitCode::kUsage, "LARDER_TOKEN holds characters that no token has: a space or a line end?");
  }
  if (token) {
    options.if_refused = fmt::format(
        "It is that of LARDER_TOKEN: give a token of this portal, or unset it and sign in with: larder login {}",
        portal);
  }
  options.ca_certificate = globals_.ca_certificate;
  if (options.ca_certificate.empty() && credential != nullptr) options.ca_certificate = credential->ca_certificate;
  options.pause = environment_.pause;
  return options;
}

Result<std::reference_wrapper<ApiClient>> Context::client() {
  if (!client_) {
    TRY(ApiClient::Options options, signed_in());
    client_ = std::make_unique<ApiClient>(std::move(options));
  }
  return std::ref(*client_);
}

Result<std::unique_ptr<ApiClient>> Context::stranger(std::string_view url) const {
  ApiClient::Options options;
  TRY(options.portal, parse_portal_url(url, globals_.insecure_http));
  options.ca_certificate = globals_.ca_certificate;
  options.pause = environment_.pause;
  return std::make_unique<ApiClient>(std::move(options));
}

void Context::print(const Table& table) { environment_.out << table.to_string(environment_.screen); }
void Context::print_json(const boost::json::value& value) { environment_.out << pretty_json(value); }
void Context::print_line(std::string_view text) { environment_.out << printable(text) << '\n'; }
void Context::say(std::string_view text) { environment_.error << printable(text) << '\n'; }

void Context::tell(const boost::json::value& value, std::string_view sentence) {
  if (globals_.json) return print_json(value);
  say(sentence);
}

void Context::report(const Failure& failure) {
  say("larder: " + failure.text);
  for (const std::string& line : failure.lines) say("  " + line);
}

Result<std::string> Context::ask(std::string_view prompt) {
  environment_.error << printable(prompt) << ' ' << std::flush;
  std::string line;
  if (!std::getline(environment_.in, line)) {
    environment_.error << '\n';  // the prompt's line is still open
    return give_up(ExitCode::kUsage, "There was no answer: nothing was done.");
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace larder::cli
