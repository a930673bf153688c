#include "database/postgres_url.h"

#include <libpq-fe.h>

#include <map>
#include <memory>

namespace larder::database {
namespace {

using Parts = std::map<std::string, std::string, std::less<>>;

Result<Parts> parts_of(const std::string& url) {
  struct Free {
    void operator()(::PQconninfoOption* options) const { ::PQconninfoFree(options); }
    void operator()(char* text) const { ::PQfreemem(text); }
  };
  char* said = nullptr;
  const std::unique_ptr<::PQconninfoOption, Free> options(::PQconninfoParse(url.c_str(), &said));
  const std::unique_ptr<char, Free> message(said);
  if (!options) return fail(Errc::kInvalid, "{}", message ? message.get() : "no memory");
  Parts parts;
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && *option->val != '\0') parts[option->keyword] = option->val;
  }
  return parts;
}

// The URL without all that may be a password, whether it is well-formed or not.
std::string without_secrets(const std::string& url) {
  const std::size_t start = url.find("://") + 3;
  std::string cleaned = url.substr(0, url.find('?'));
  const std::size_t at = cleaned.rfind('@');
  return at == std::string::npos || at < start ? cleaned : cleaned.substr(0, start) + cleaned.substr(at + 1);
}

std::string part(const Parts& parts, std::string_view name) {
  const auto found = parts.find(name);
  return found == parts.end() ? "" : found->second;
}

std::string name_of(const Parts& parts) {
  const std::string user = part(parts, "user");
  const std::string host = part(parts, "host").empty() ? part(parts, "hostaddr") : part(parts, "host");
  const std::string port = part(parts, "port");
  return fmt::format("postgresql://{}{}{}/{}", user.empty() ? "" : user + "@", host, port.empty() ? "" : ":" + port,
                     part(parts, "dbname"));
}

}  // namespace

std::string PostgresUrl::clean(std::string_view text) const {
  std::string cleaned(text.substr(0, text.find('\n')));
  for (const std::string& secret : secrets) {
    for (auto at = cleaned.find(secret); at != std::string::npos; at = cleaned.find(secret, at + 3)) {
      cleaned.replace(at, secret.size(), "***");
    }
  }
  return cleaned;
}

Result<PostgresUrl> parse_postgres_url(const std::string& url) {
  const auto parts = parts_of(url);
  if (!parts) {
    // libpq's message quotes what is wrong: that may be a password.
    const auto cleaned = parts_of(without_secrets(url));
    PostgresUrl line;
    return fail(
        Errc::kInvalid, "the database URL {} is wrong: {}", without_secrets(url),
        cleaned ? "its user, password or options; they want percent-encoding" : line.clean(cleaned.error().text));
  }
  PostgresUrl parsed{.url = url, .name = name_of(*parts), .secrets = {}};
  for (const char* secret : {"password", "sslpassword"}) {
    if (const std::string text = part(*parts, secret); !text.empty()) parsed.secrets.push_back(text);
  }
  return parsed;
}

}  // namespace larder::database
