#include "client/api_client.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <random>

#include "client/problem.h"
#include "client/retry.h"
#include "core/json.h"
#include "core/json_at.h"

namespace larder::client {
namespace {

constexpr std::size_t kPage = 500;
constexpr std::size_t kMostPages = 100'000;

std::string joined(const Fields& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    out += (out.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
  }
  return out;
}

std::string with_query(std::string path, const Fields& query) {
  const std::string text = joined(query);
  return text.empty() ? path : path + "?" + text;
}

// 128 random bits: what makes a repeated creation recognisable is that nobody else comes by the same key.
std::string make_idempotency_key() {
  std::random_device random;
  return fmt::format("larder-{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

bool is_success(int status) { return (status >= 200 && status < 300) || status == 304; }

}  // namespace

std::string path_of(std::string_view collection, std::string_view id, std::string_view rest) {
  return fmt::format("{}/{}{}", collection, percent_encoded(id), rest);
}

ApiClient::ApiClient(Options options)
    : options_(std::move(options)), http_({options_.ca_certificate, options_.portal.is_loopback}) {}

Result<Reply> ApiClient::get(const std::string& path, const Fields& query) {
  return ask(request("GET", with_query(path, query)), true);
}

Result<Reply> ApiClient::wait_for_change(const std::string& path, const std::string& etag,
                                         std::chrono::seconds patience) {
  HttpRequest asked = request("GET", path);
  asked.fields.emplace_back("If-None-Match", etag);
  asked.fields.emplace_back("Prefer", fmt::format("wait={}", patience.count()));
  asked.time_out = patience + options_.time_out;
  return ask(asked, true);
}

Result<boost::json::array> ApiClient::list(const std::string& path, Fields query, std::size_t most) {
  boost::json::array items;
  const std::size_t limit = most == 0 ? kPage : std::min(most, kPage);
  query.emplace_back("limit", std::to_string(limit));
  query.emplace_back("cursor", "");
  for (std::size_t page = 0; page < kMostPages; ++page) {
    TRY(const Reply reply, get(path, query));
    const auto* listed = find_at(reply.body, "/items");
    if (listed == nullptr || !listed->is_array()) return std::unexpected(no_portal());
    for (const auto& item : listed->get_array()) {
      if (most != 0 && items.size() == most) return items;
      items.push_back(item);
    }
    const std::string next = text_at(reply.body, "/next");
    if (next.empty() || next == query.back().second || (most != 0 && items.size() >= most)) return items;
    query.back().second = next;
  }
  return give_up(FailureKind::kUnreachable, "{} gives pages without end.", options_.portal.text);
}

Result<Reply> ApiClient::create(const std::string& path, const boost::json::object& body) {
  HttpRequest asked = request("POST", path, &body);
  asked.fields.emplace_back("Idempotency-Key", make_idempotency_key());
  return ask(asked, true);
}

Result<Reply> ApiClient::post(const std::string& path, const boost::json::object& body) {
  return ask(request("POST", path, &body), false);
}

Result<Reply> ApiClient::put(const std::string& path, const boost::json::object& body) {
  return ask(request("PUT", path, &body), false);
}

Result<Reply> ApiClient::patch(const std::string& path, const boost::json::object& body, const std::string& etag) {
  HttpRequest asked = request("PATCH", path, &body);
  asked.fields.emplace_back("If-Match", etag);
  return ask(asked, false);
}

Result<Reply> ApiClient::remove(const std::string& path, const boost::json::object& body, const std::string& etag) {
  HttpRequest asked = request("DELETE", path, body.empty() ? nullptr : &body);
  if (!etag.empty()) asked.fields.emplace_back("If-Match", etag);
  return ask(asked, false);
}

Result<> ApiClient::download(const std::string& path, const Fields& query, std::function<bool(std::string_view)> sink) {
  HttpRequest asked = request("GET", with_query(path, query));
  asked.sink = std::move(sink);
  TRY(const HttpResponse response, send(asked, false));
  if (!is_success(response.status)) return std::unexpected(failure_of(response, options_.portal.text));
  return {};
}

Result<HttpResponse> ApiClient::post_form(const std::string& path, const Fields& form) {
  HttpRequest asked = request("POST", path);
  asked.fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  asked.body = joined(form);
  return send(asked, false);
}

HttpRequest ApiClient::request(std::string method, const std::string& path, const boost::json::object* body) const {
  HttpRequest asked;
  asked.url = options_.portal.text + "/api/v1" + path;
  asked.time_out = options_.time_out;
  asked.fields.emplace_back("Accept", "application/json");
  if (!options_.token.empty()) asked.fields.emplace_back("Authorization", "Bearer " + options_.token);
  if (!csrf_token_.empty() && method != "GET") asked.fields.emplace_back("X-CSRF-Token", csrf_token_);
  asked.method = std::move(method);
  if (body != nullptr) {
    asked.fields.emplace_back("Content-Type", "application/json");
    asked.body = boost::json::serialize(*body);
  }
  return asked;
}

Failure ApiClient::unreachable(const HttpError& error, bool changes) const {
  Failure failure(FailureKind::kUnreachable, fmt::format("Cannot reach {}: {}.", options_.portal.text, error.text));
  failure.fault = error.fault;
  failure.may_be_done = error.was_sent && changes;
  return failure;
}

Result<HttpResponse> ApiClient::send(const HttpRequest& asked, bool is_repeatable) {
  Retry retry(is_repeatable && options_.retries);
  for (;;) {
    auto response = http_.send(asked);
    if (!response) {
      if (const auto pause = retry.after_lost(response.error().was_sent)) {
        options_.pause(*pause);
        continue;
      }
      return std::unexpected(unreachable(response.error(), asked.method != "GET"));
    }
    const bool in_progress =
        response->status == 409 && response->body.find("idempotency-in-progress") != std::string::npos;
    const bool too_many = response->status == 429 && !response->field("retry-after").empty();
    if (response->status != 503 && !too_many && !in_progress) return *std::move(response);
    const auto pause = retry.after_refused(response->field("retry-after"));
    if (!pause) return *std::move(response);
    options_.pause(*pause);
  }
}

Failure ApiClient::no_portal() const {
  return {FailureKind::kUnreachable,
          fmt::format("{} answers something else than a portal of Larder does: is the address right?",
                      options_.portal.text)};
}

Result<Reply> ApiClient::ask(const HttpRequest& asked, bool is_repeatable) {
  TRY(const HttpResponse response, send(asked, is_repeatable));
  if (!is_success(response.status)) return std::unexpected(failure_of(response, options_.portal.text));
  Reply reply{response.status, nullptr, response.field("etag")};
  if (response.body.empty()) return reply;
  auto parsed = parse_json(response.body);
  if (!parsed) return std::unexpected(no_portal());
  reply.body = *std::move(parsed);
  return reply;
}

}  // namespace larder::client
