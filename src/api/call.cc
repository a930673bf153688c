#include "api/call.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "http/head.h"
#include "http/percent.h"
#include "http/query.h"

namespace larder::api {
namespace {

/// A form's text: "+" is a blank. What cannot be decoded stays as it is, and then means nothing to anybody.
std::string decoded(std::string_view text) {
  std::string blanks(text);
  for (char& c : blanks) {
    if (c == '+') c = ' ';
  }
  auto plain = http::percent_decode(blanks);
  return plain ? *std::move(plain) : blanks;
}

}  // namespace

const std::string* Request::field(std::string_view name) const {
  for (const auto& [field_name, value] : fields) {
    if (http::equal_names(field_name, name)) return &value;
  }
  return nullptr;
}

std::vector<std::pair<std::string, std::string>> Request::parameters() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const http::QueryPiece& part : http::Query(query)) {
    if (!part.text.empty()) all.emplace_back(decoded(part.name), decoded(part.value));
  }
  return all;
}

std::optional<std::string> Request::parameter(std::string_view name) const {
  for (auto& [parameter_name, value] : parameters()) {
    if (parameter_name == name) return std::move(value);
  }
  return std::nullopt;
}

std::optional<std::string> Request::cookie(std::string_view name) const {
  for (const auto& [field_name, value] : fields) {
    if (!http::equal_names(field_name, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(';');
      std::string_view pair = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      const std::size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
        return std::string(pair.substr(equals + 1));
      }
    }
  }
  return std::nullopt;
}

Response Response::json(const boost::json::value& value, int status) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = boost::json::serialize(value);
  return response;
}

Response Response::no_content() {
  Response response;
  response.status = 204;
  return response;
}

Response& Response::with(std::string name, std::string value) {
  fields.emplace_back(std::move(name), std::move(value));
  return *this;
}

const std::string& Call::argument(std::string_view name) const {
  for (const auto& [argument_name, value] : path) {
    if (argument_name == name) return value;
  }
  CHECK(false, "the route has no such name in its path");
  return path.front().second;
}

ledger::Actor Call::actor() const {
  ledger::Actor actor;
  actor.address = request.client;
  if (principal) {
    actor.user_id = principal->user_id;
    actor.name = ledger::audit_name(principal->email, principal->email_verified);
    actor.via = principal->via;
  }
  return actor;
}

}  // namespace larder::api
