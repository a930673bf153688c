#include "api/route.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "http/percent.h"
#include "ledger/text_gate.h"

namespace larder::api {
namespace {

constexpr std::string_view kRoot = "/api/v1";
constexpr ledger::TextRule kNameText = {.most = RouteTable::kLongestElement, .shape = ledger::TextShape::kTyped};

/// REQUIRES: `path` begins with "/".
std::vector<std::string_view> elements_of(std::string_view path) {
  std::vector<std::string_view> elements;
  while (!path.empty()) {
    path.remove_prefix(1);
    elements.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(elements.back().size());
  }
  return elements;
}

bool is_name(std::string_view element) { return element.starts_with('{'); }

bool fits(const std::vector<std::string_view>& pattern, const std::vector<std::string_view>& found) {
  return std::ranges::equal(
      pattern, found, [](std::string_view wanted, std::string_view is) { return is_name(wanted) || wanted == is; });
}

/// What the {names} of `pattern` stand for; nullopt: nothing here is called so. REQUIRES: fits(pattern, found).
std::optional<PathNames> values_of(const std::vector<std::string_view>& pattern,
                                   const std::vector<std::string_view>& found) {
  PathNames names;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!is_name(pattern[i])) continue;
    auto value = http::percent_decode(found[i]);
    if (!value || value->empty() || ledger::text_problem(*value, kNameText)) return std::nullopt;
    names.emplace_back(pattern[i].substr(1, pattern[i].size() - 2), *std::move(value));
  }
  return names;
}

}  // namespace

std::string_view to_string(Needs needs) {
  switch (needs) {
    case Needs::kNothing: return "public";
    case Needs::kSignedIn: return "signed-in";
    case Needs::kAdmin: return "admin";
    case Needs::kViewer: return "viewer";
    case Needs::kOperator: return "operator";
    case Needs::kOwner: return "owner";
  }
  return "";
}

/// A route's path beginning with "//" is outside of /api/v1.
void RouteTable::add(Route route) {
  const bool outside = route.path.starts_with("//");
  Elements pattern = outside ? Elements() : elements_of(kRoot);
  const Elements own = elements_of(outside ? route.path.substr(1) : route.path);
  pattern.insert(pattern.end(), own.begin(), own.end());
  most_elements_ = std::max(most_elements_, pattern.size());
  patterns_.push_back(std::move(pattern));
  routes_.push_back(std::move(route));
}

RouteMatch RouteTable::find(std::string_view method, std::string_view path) const {
  RouteMatch match;
  const auto slashes = static_cast<std::size_t>(std::ranges::count(path, '/'));
  if (!path.starts_with('/') || slashes > most_elements_) return match;
  const Elements found = elements_of(path);
  if (const auto longest = std::ranges::max(found, {}, &std::string_view::size).size(); longest > kLongestElement) {
    match.problem = fmt::format("an element of the path has {} bytes; nothing here has a name of more than {}", longest,
                                kLongestElement);
    return match;
  }
  const std::string_view asked = method == "HEAD" ? "GET" : method;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (!fits(patterns_[i], found)) continue;
    auto names = values_of(patterns_[i], found);
    if (!names) continue;
    if (routes_[i].method == asked) return {.route = &routes_[i], .path = *std::move(names)};
    match.allow += match.allow.empty() ? "" : ", ";
    match.allow += routes_[i].method;
  }
  return match;
}

}  // namespace larder::api
