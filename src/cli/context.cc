#include "cli/context.h"

#include <algorithm>
#include <chrono>
#include <ostream>

#include "core/pretty_json.h"

namespace larder::cli {

namespace {

bool is_token(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

// `insecure_http`: what --insecure-http says, which is how it is allowed.
Result<client::PortalUrl> portal_url(std::string_view text, bool insecure_http) {
  auto url = client::parse_portal_url(text, insecure_http);
  if (!url && url.error().code == Errc::kRefused) {
    url.error().text += ", or --insecure-http where the network is yours alone";
  }
  if (!url) return std::unexpected(std::move(url).error());
  return *std::move(url);
}

}  // namespace

Result<std::string> Context::credentials_file() const {
  if (const auto folder = environment_.variable("XDG_CONFIG_HOME")) return *folder + "/larder/credentials.json";
  if (const auto home = environment_.variable("HOME")) return *home + "/.config/larder/credentials.json";
  return give_up(ExitCode::kUsage, "Neither XDG_CONFIG_HOME nor HOME is set: there is no place for credentials.");
}

Result<std::string> Context::portal_name(const client::Credentials& credentials) const {
  std::string named = globals_.portal;
  if (named.empty()) named = environment_.variable("LARDER_PORTAL").value_or("");
  if (named.empty()) return credentials.current() == nullptr ? "" : credentials.current()->portal;
  TRY(const client::PortalUrl url, client::parse_portal_url(named, true));
  return url.text;
}

Result<client::Credentials> Context::credentials() const {
  client::Credentials credentials;
  if (const auto file = credentials_file()) {
    TRY(credentials, client::Credentials::load(*file));
  }
  return credentials;
}

Result<std::unique_ptr<Portal>> Context::signed_in(const client::Credentials& credentials) const {
  TRY(const std::string portal, portal_name(credentials));
  if (portal.empty()) {
    return give_up(ExitCode::kNotSignedIn, "You are not signed in to a portal. Sign in with: larder login URL");
  }
  const client::Credential* credential = credentials.find(portal);
  const auto token = environment_.variable("LARDER_TOKEN");
  if (credential == nullptr && !token) {
    return give_up(ExitCode::kNotSignedIn, "You are not signed in to {0}. Sign in with: larder login {0}", portal);
  }
  client::ApiClient::Options options;
  // Who signed in with --insecure-http has decided it for this portal.
  TRY(options.portal, portal_url(portal, globals_.insecure_http || credential != nullptr));
  options.token = token ? *token : credential->token;
  if (!is_token(options.token)) {
    return give_up(ExitCode::kUsage, "LARDER_TOKEN holds characters that no token has: a space or a line end?");
  }
  std::string if_refused;
  if (token) {
    if_refused = fmt::format(
        "It is that of LARDER_TOKEN: give a token of this portal, or unset it and sign in with: larder login {}",
        portal);
  }
  options.ca_certificate = globals_.ca_certificate;
  if (options.ca_certificate.empty() && credential != nullptr) options.ca_certificate = credential->ca_certificate;
  options.pause = environment_.pause;
  if (is_hurried_) {
    options.time_out = std::chrono::seconds(2);
    options.retries = false;
  }
  return std::make_unique<Portal>(std::move(options), std::move(if_refused));
}

Result<std::reference_wrapper<Portal>> Context::portal() {
  if (!portal_) {
    TRY(const auto known, credentials());
    TRY(portal_, signed_in(known));
  }
  return std::ref(*portal_);
}

std::unique_ptr<Portal> Context::portal_with(const client::Credential& credential, const client::PortalUrl& url) const {
  client::ApiClient::Options options;
  options.portal = url;
  options.token = credential.token;
  options.ca_certificate = globals_.ca_certificate.empty() ? credential.ca_certificate : globals_.ca_certificate;
  options.pause = environment_.pause;
  return std::make_unique<Portal>(std::move(options));
}

Result<std::unique_ptr<Portal>> Context::stranger(std::string_view url) const {
  client::ApiClient::Options options;
  TRY(options.portal, portal_url(url, globals_.insecure_http));
  options.ca_certificate = globals_.ca_certificate;
  options.pause = environment_.pause;
  return std::make_unique<Portal>(std::move(options));
}

void Context::tell(const boost::json::value& value, std::string_view sentence) {
  if (globals_.json) return print_json(value);
  say(sentence);
}

void Context::report(const Failure& failure) {
  if (globals_.json) {
    console().error << json_on_one_line(command_line::failure_json(failure));
    return;
  }
  say("larder: " + failure.text);
  for (const std::string& line : failure.lines) say("  " + line);
}

}  // namespace larder::cli
