#include "origin/url_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/request_target.h"

namespace larder::origin {
namespace {

constexpr std::string_view kSchemeEnd = "://";

/// A URL of http or https, taken apart; views into it.
struct AbsoluteUrl {
  bool tls = false;
  std::string_view authority;
  std::string_view path_and_query;
};

/// REQUIRES: no http::target_problem().
AbsoluteUrl take_url_apart(std::string_view url) {
  AbsoluteUrl parts;
  const std::size_t scheme_end = url.find(kSchemeEnd);
  parts.tls = http::equal_names(url.substr(0, scheme_end), "https");
  url.remove_prefix(scheme_end + kSchemeEnd.size());
  const std::size_t end = std::min(url.find_first_of("/?"), url.size());
  parts.authority = url.substr(0, end);
  parts.path_and_query = url.substr(end);
  return parts;
}

}  // namespace

Result<Target, http::HeadProblem> parse_url_target(std::string_view url, const RuleSet& rules,
                                                   std::span<const std::string> own_names) {
  url = url.substr(0, url.find('#'));
  const std::size_t path = url.find_first_of("/?");
  const bool has_scheme = path != std::string_view::npos && path > 0 && url.substr(path - 1).starts_with(kSchemeEnd);
  const bool is_absolute = !url.starts_with('/');
  const std::string text = is_absolute && !has_scheme ? fmt::format("http://{}", url) : std::string(url);
  if (const char* problem = http::target_problem(text)) {
    return std::unexpected(http::HeadProblem(400, fmt::format("No client can ask for this URL: {}.", problem)));
  }
  // As most clients ask: the host in its own line.
  http::RequestHead head;
  head.method = http::Method::kGet;
  head.method_text = "GET";
  if (!is_absolute) {
    head.target = text;
    return parse_target(head, false, rules, own_names);
  }
  const AbsoluteUrl parts = take_url_apart(text);
  const std::string in_origin_form =
      fmt::format("{}{}", parts.path_and_query.starts_with('/') ? "" : "/", parts.path_and_query);
  head.target = in_origin_form;
  head.fields.add("Host", parts.authority);
  return parse_target(head, parts.tls, rules, own_names);
}

}  // namespace larder::origin
