#include "identity/sign_in_provider.h"

#include <sodium.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/json.h"
#include "core/shown.h"
#include "ledger/text.h"

namespace larder::identity {
namespace {

using ledger::escaped;
using ledger::Problem;
using ledger::ProblemKind;
using ledger::Result;

constexpr int kRetryAfter_s = 5;

/// For the log: `reason` may quote whatever the provider said.
std::string internal(std::string_view reason) {
  constexpr std::size_t kMost = 500;  // bytes
  return fmt::format("single sign-on: {}", shown(reason, kMost));
}

std::unexpected<Problem> unavailable(std::string_view reason) {
  Problem problem(ProblemKind::kUnavailable, "the sign-in provider does not answer as it should; try again later");
  problem.retry_after_s = kRetryAfter_s;
  problem.internal = internal(reason);
  return std::unexpected(std::move(problem));
}

std::unexpected<Problem> not_believed(std::string_view reason) {
  Problem problem(ProblemKind::kUnauthenticated, "what the sign-in provider says of you does not hold");
  problem.internal = internal(reason);
  return std::unexpected(std::move(problem));
}

/// SHA-256 in base64url: what of the verifier the provider may see before the code is redeemed.
std::string challenge_of(std::string_view verifier) {
  std::array<char, crypto_hash_sha256_BYTES> hash{};
  ::crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                       reinterpret_cast<const unsigned char*>(verifier.data()), verifier.size());
  return encode_base64url({hash.data(), hash.size()});
}

std::string text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

/// Whether the provider takes a client's secret by HTTP Basic, which is what it does if it says nothing.
bool takes_basic(const boost::json::object& document) {
  const auto* methods = document.if_contains("token_endpoint_auth_methods_supported");
  if (methods == nullptr || !methods->is_array()) return true;
  for (const auto& method : methods->get_array()) {
    if (method.is_string() && std::string_view(method.get_string()) == "client_secret_basic") return true;
  }
  return false;
}

std::string form_of(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string form;
  for (const auto& [name, value] : fields)
    form += fmt::format("{}{}={}", form.empty() ? "" : "&", name, escaped(value));
  return form;
}

}  // namespace

Result<std::string> SignInProvider::authorization_url(const Question& question) {
  TRY(const Description provider, description());
  const std::string query = form_of({{"response_type", "code"},
                                     {"client_id", config_.client_id},
                                     {"redirect_uri", question.redirect_uri},
                                     {"scope", "openid email profile"},
                                     {"state", question.state},
                                     {"nonce", question.nonce},
                                     {"code_challenge", challenge_of(question.code_verifier)},
                                     {"code_challenge_method", "S256"}});
  const char joint = provider.authorization_endpoint.find('?') == std::string::npos ? '?' : '&';
  return provider.authorization_endpoint + joint + query;
}

Result<IdToken> SignInProvider::identify(const Question& question, const std::string& code) {
  TRY(const Tokens tokens, redeem(question, code));
  const IdTokenRules rules{
      .issuer = config_.issuer, .client_id = config_.client_id, .nonce = question.nonce, .now = clock_.wall()};
  TRY(const JwtKeys known, keys());
  auto id = verify_id_token(tokens.id_token, known, rules);
  if (!id && id.error().code == Errc::kNotFound) {
    TRY(const JwtKeys newer, newer_keys());
    id = verify_id_token(tokens.id_token, newer, rules);
  }
  if (!id) return not_believed(id.error().text);
  if (id->email.empty()) {
    TRY_VOID(ask_for_email(tokens.access_token, *id));
  }
  return *std::move(id);
}

Result<SignInProvider::Description> SignInProvider::description() {
  return description_.get(kKept, [this] { return fetch_description(); });
}

Result<SignInProvider::Description> SignInProvider::fetch_description() const {
  const std::string_view issuer = config_.issuer;
  const auto base = issuer.substr(0, issuer.size() - (issuer.ends_with('/') ? 1 : 0));
  TRY(const auto document, ask({.url = fmt::format("{}/.well-known/openid-configuration", base)}));
  if (text_of(document, "issuer") != config_.issuer) {
    return unavailable(
        fmt::format("the provider calls itself '{}' and not '{}'", text_of(document, "issuer"), config_.issuer));
  }
  Description found;
  found.authorization_endpoint = text_of(document, "authorization_endpoint");
  found.token_endpoint = text_of(document, "token_endpoint");
  found.jwks_uri = text_of(document, "jwks_uri");
  found.userinfo_endpoint = text_of(document, "userinfo_endpoint");
  found.secret_in_form = !takes_basic(document);
  const std::string_view scheme = config_.issuer.starts_with("https:") ? "https://" : "http";
  if (!found.userinfo_endpoint.starts_with(scheme)) found.userinfo_endpoint.clear();
  for (const std::string* url : {&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri}) {
    if (!url->starts_with(scheme)) return unavailable(fmt::format("the provider names '{}' as an address", *url));
  }
  return found;
}

Result<JwtKeys> SignInProvider::keys() {
  return keys_.get(kKept, [this] { return fetch_keys(); });
}

Result<JwtKeys> SignInProvider::newer_keys() {
  return keys_.get(kRefetchInterval, [this] { return fetch_keys(); });
}

Result<JwtKeys> SignInProvider::fetch_keys() {
  TRY(const Description provider, description());
  TRY(const auto document, ask({.url = provider.jwks_uri}));
  auto parsed = JwtKeys::parse(boost::json::serialize(document));
  if (!parsed) return unavailable(parsed.error().text);
  return *std::move(parsed);
}

Result<SignInProvider::Tokens> SignInProvider::redeem(const Question& question, const std::string& code) {
  TRY(const Description provider, description());
  FetchRequest request;
  request.url = provider.token_endpoint;
  request.form = form_of({{"grant_type", "authorization_code"},
                          {"code", code},
                          {"redirect_uri", question.redirect_uri},
                          {"code_verifier", question.code_verifier}});
  if (provider.secret_in_form || config_.client_secret.empty()) {
    request.form += "&" + form_of({{"client_id", config_.client_id}});
    if (!config_.client_secret.empty()) request.form += "&" + form_of({{"client_secret", config_.client_secret}});
  } else {
    request.user = escaped(config_.client_id);  // RFC 6749, section 2.3.1: escaped, then in base64
    request.password = escaped(config_.client_secret);
  }
  TRY(const auto answer, ask(std::move(request)));
  Tokens tokens{.id_token = text_of(answer, "id_token"), .access_token = text_of(answer, "access_token")};
  if (tokens.id_token.empty()) return not_believed("the provider gave no ID token");
  return tokens;
}

Result<> SignInProvider::ask_for_email(const std::string& access_token, IdToken& id) {
  TRY(const Description provider, description());
  if (provider.userinfo_endpoint.empty() || access_token.empty()) return {};
  FetchRequest request;
  request.url = provider.userinfo_endpoint;
  request.bearer = access_token;
  TRY(const auto answer, ask(std::move(request)));
  // Not signed: it is believed because the provider itself was asked, and only about the same person.
  if (text_of(answer, "sub") != id.subject) return not_believed("the provider tells of somebody else");
  take_person(answer, id);
  return {};
}

Result<boost::json::object> SignInProvider::ask(FetchRequest request) const {
  request.certificate_authority = config_.certificate_authority;
  const auto answer = fetch(request);
  if (!answer && answer.error().code == Errc::kRefused) {
    return unavailable(answer.error().text + " (whom to trust is what single_sign_on.ca_file says)");
  }
  if (!answer) return unavailable(answer.error().text);
  auto body = parse_json_object(answer->body);
  if (answer->status == 400 && body) {
    return not_believed(fmt::format("{} says {}", request.url, text_of(*body, "error")));
  }
  if (answer->status != 200 || !body) {
    return unavailable(fmt::format("{} answers {}{}", request.url, answer->status, body ? "" : ", and no JSON object"));
  }
  return std::move(*body);
}

}  // namespace larder::identity
