// SignInProvider: the OpenID provider of the configuration: where it answers, its keys, and codes turned into
// identities.
//
// What it publishes is asked for by one caller, for whom the others wait, and kept for an hour; its keys are asked for
// again when a token names one that is not among them, at most once a minute, so that forged tokens cannot make us ask
// all the time.
//
// Threads    all calls from any thread, side by side; they block, for at most a few times kFetchPatience. A provider
// that
//            hangs must not take everybody's threads with it: the portal has some for this (Lane::kProvider), which
//            bound how many ask at a time.
// Source     OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636 (PKCE)
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "core/clock.h"
#include "identity/asked_once.h"
#include "identity/fetch.h"
#include "identity/jwt.h"
#include "identity/single_sign_on_config.h"
#include "ledger/problem.h"

namespace larder::identity {

class SignInProvider {
 public:
  static constexpr auto kKept = std::chrono::hours(1);
  static constexpr auto kRefetchInterval = std::chrono::minutes(1);

  /// Both must outlive it.
  SignInProvider(const SingleSignOnConfig& config, const Clock& clock)
      : config_(config), clock_(clock), description_(clock), keys_(clock) {}

  struct Question {
    std::string redirect_uri;
    std::string state;
    std::string nonce;
    std::string code_verifier;
  };
  /// Where to send a browser. Errors: kUnavailable.
  ledger::Result<std::string> authorization_url(const Question& question);
  /// Who came back with `code`. Errors: kUnavailable, kUnauthenticated (what the provider says does not hold).
  ledger::Result<IdToken> identify(const Question& question, const std::string& code);

 private:
  // What the provider publishes of itself.
  struct Description {
    std::string authorization_endpoint;
    std::string token_endpoint;
    std::string jwks_uri;
    std::string userinfo_endpoint;  // "" if it has none
    bool secret_in_form = false;    // it takes the client's secret in no other way
  };

  ledger::Result<Description> description();
  ledger::Result<Description> fetch_description() const;
  ledger::Result<JwtKeys> keys();
  /// Keys that are newer than the last ones, unless it was just now that we asked.
  ledger::Result<JwtKeys> newer_keys();
  ledger::Result<JwtKeys> fetch_keys();
  struct Tokens {
    std::string id_token;
    std::string access_token;
  };
  ledger::Result<Tokens> redeem(const Question& question, const std::string& code);
  /// Providers may leave the e-mail out of ID tokens and tell it to who asks.
  ledger::Result<> ask_for_email(const std::string& access_token, IdToken& id);
  ledger::Result<boost::json::object> ask(FetchRequest request) const;

  const SingleSignOnConfig& config_;
  const Clock& clock_;
  AskedOnce<Description> description_;
  AskedOnce<JwtKeys> keys_;
};

}  // namespace larder::identity
