#include "node/control_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "core/json.h"
#include "core/shown.h"
#include "http/head_writer.h"
#include "http/request_target.h"
#include "net/blocking.h"

namespace larder::node {

using http::HeadProblem;
using http::Page;

struct ControlHandler::Route {
  std::string_view path;
  std::string_view method;
  bool blocks;
  bool takes_query;
  bool takes_body;
  ControlActions::Answer (*act)(ControlActions&, const ControlRequest&) = nullptr;
};

namespace {

constexpr std::size_t kMostShown = 4000;  // bytes of a reason: one for a configuration has many lines

bool is_method(const http::RequestHead& head, std::string_view method) {
  return head.method_text == method || (method == "GET" && head.method == http::Method::kHead);
}

// An action as a function: what a pointer to a member calls, g++ takes for uninitialised where sanitizers are.
template <auto kAction>
ControlActions::Answer perform(ControlActions& actions, const ControlRequest& request) {
  return (actions.*kAction)(request);
}

Page to_page(ControlActions::Answer answer) {
  if (!answer) return problem_page(answer.error());
  return {200, "application/json", *std::move(answer) + "\n"};
}

/// A text of several lines stays one; whatever else controls is shown.
std::string shown_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!out.empty()) out += '\n';
    out += shown(text.substr(0, end), kMostShown);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

std::span<const ControlHandler::Route> ControlHandler::routes() {
  static constexpr Route kRoutes[] = {
      {"/v1/status", "GET", false, false, false, &perform<&ControlActions::status>},
      {"/v1/drives", "GET", false, false, false, &perform<&ControlActions::drives>},
      {"/v1/inspect", "GET", true, true, false, &perform<&ControlActions::inspect>},
      {"/v1/reload", "POST", true, false, false, &perform<&ControlActions::reload>},
      {"/v1/drain", "POST", true, false, false, &perform<&ControlActions::drain>},
      {"/v1/undrain", "POST", true, false, false, &perform<&ControlActions::undrain>},
      {"/v1/scrub", "POST", true, false, true, &perform<&ControlActions::scrub>},
      {"/v1/purge", "POST", true, false, true, &perform<&ControlActions::purge>},
  };
  return kRoutes;
}

const ControlHandler::Route* ControlHandler::find(std::string_view path) {
  const auto all = routes();
  const auto found = std::ranges::find(all, path, &Route::path);
  return found == all.end() ? nullptr : &*found;
}

HeadProblem ControlHandler::no_such_path() {
  std::string paths;
  for (const Route& route : routes()) paths += fmt::format("{}{}", paths.empty() ? "" : ", ", route.path);
  return {404, fmt::format("there is {} here", paths)};
}

/// What an action would pass over. An object without members is no body.
std::optional<HeadProblem> ControlHandler::surplus(const Route& route, const ControlRequest& request) {
  if (!route.takes_query && !request.query.empty()) {
    return HeadProblem(400, fmt::format("{} takes no query", route.path));
  }
  if (route.takes_body || request.body.empty()) return std::nullopt;
  const auto document = parse_json_object(request.body);
  if (document && document->empty()) return std::nullopt;
  return HeadProblem(400, fmt::format("{} takes no members in its body", route.path));
}

Page problem_page(const HeadProblem& problem) {
  const boost::json::object document{{"type", "about:blank"},
                                     {"title", http::reason_phrase(problem.status)},
                                     {"status", problem.status},
                                     {"detail", shown_lines(problem.text)}};
  return {problem.status, "application/problem+json", boost::json::serialize(document) + "\n"};
}

http::Refusal ControlHandler::refusal(const HeadProblem& problem) const {
  Page page = problem_page(problem);
  return {std::move(page.content_type), std::move(page.body), "GET, HEAD, POST"};
}

Task<http::Persistence> ControlHandler::handle(http::Exchange& exchange) {
  const Page page = co_await answer(exchange);
  co_return co_await http::send_page(exchange, page);
}

Task<Page> ControlHandler::answer(http::Exchange& exchange) {
  const auto [path, query] = http::path_and_query(exchange.head.target);
  const Route* route = find(path);
  if (route == nullptr) co_return problem_page(no_such_path());
  if (!is_method(exchange.head, route->method)) {
    const HeadProblem problem(405, fmt::format("{} takes {}", route->path, route->method));
    Page page = problem_page(problem);
    page.allow = route->method == "GET" ? "GET, HEAD" : route->method;
    co_return page;
  }
  ControlRequest request;
  request.query = query;
  auto body = co_await exchange.body.read(kMostBody);
  if (!body) co_return problem_page(body.error());
  request.body = *std::move(body);
  if (const auto problem = surplus(*route, request)) co_return problem_page(*problem);
  co_return co_await act(*route, std::move(request));
}

Task<Page> ControlHandler::act(const Route& route, ControlRequest request) {
  if (!route.blocks) co_return to_page(route.act(actions_, request));
  const auto job = [this, &route, &request]() -> Result<Page> { return to_page(route.act(actions_, request)); };
  auto page = co_await net::run_blocking(pool_, executor_, job);
  if (page) co_return *std::move(page);
  const HeadProblem problem(503, page.error().text);
  co_return problem_page(problem);
}

}  // namespace larder::node
