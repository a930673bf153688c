#include "cache/purge.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/characters.h"
#include "origin/authority.h"

namespace larder::cache {
namespace {

constexpr std::size_t kMostValue = 4096;
constexpr std::string_view kOriginItem = "cacheHostOrigin=";

struct Place {
  std::string_view host;
  std::string_view path_and_query;

  std::string_view path() const { return path_and_query.substr(0, path_and_query.find('?')); }
};

Place place_of(std::string_view value) {
  const std::size_t slash = std::min(value.find('/'), value.size());
  return {value.substr(0, slash), value.substr(slash)};
}

std::string_view without_scheme(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (http::equal_names(url.substr(0, scheme.size()), scheme)) return url.substr(scheme.size());
  }
  return url;
}

Result<> check_characters(std::string_view value) {
  if (value.empty())
    return fail(Errc::kInvalid, "it is empty; it should be a host and a path, such as dl.example.com/a");
  if (value.size() > kMostValue) {
    return fail(Errc::kInvalid, "it has {} characters; {} are possible", value.size(), kMostValue);
  }
  const bool is_plain = std::ranges::all_of(value, [](char c) { return c > ' ' && c <= '~'; });
  if (!is_plain)
    return fail(Errc::kInvalid, "it has characters that no URL has; write them as %XX, as clients ask for them");
  if (value.find('#') != std::string_view::npos) {
    return fail(Errc::kInvalid, "what follows a # is never asked for; leave it out");
  }
  return {};
}

Result<> check_prefix(std::string_view value) {
  if (value.find('?') != std::string_view::npos) {
    return fail(Errc::kInvalid, "a prefix has no query; all queries of what it matches are purged");
  }
  if (value.find("/../") != std::string_view::npos) {
    return fail(Errc::kInvalid, "a path with \"..\" is asked for by nobody; write where it leads");
  }
  if (value.ends_with('*')) {
    return fail(Errc::kInvalid, "a prefix has no wildcards; leave the * out: all that begins with it is purged");
  }
  return {};
}

/// Host and path as a Target has them. Errors: as make_record().
Result<PurgeRecord> record_of_place(const Purge& purge, const origin::RuleSet& rules) {
  TRY_VOID(check_characters(purge.value));
  const bool is_prefix = purge.what == Purge::What::kPrefix;
  if (is_prefix) {
    TRY_VOID(check_prefix(purge.value));
  }
  const std::string_view url = without_scheme(purge.value);
  if (url.find(kOriginItem) != std::string_view::npos) {
    return fail(Errc::kInvalid, "it is a client's URL; write it as its origin has it: the origin's host and the path");
  }
  const std::size_t host_end = std::min(url.find_first_of("/?"), url.size());
  const auto authority = origin::parse_authority(url.substr(0, host_end));
  if (!authority) return fail(Errc::kInvalid, "\"{}\": {}", url.substr(0, host_end), authority.error().text);
  const origin::ContentRule* rule = rules.match(authority->host);
  if (rule == nullptr) {
    return fail(Errc::kNotFound, "no content rule names \"{}\": nothing of it is kept", authority->host);
  }
  std::string_view rest = url.substr(host_end);
  if (!rule->query_in_key) rest = rest.substr(0, rest.find('?'));
  PurgeRecord record;
  record.value = fmt::format("{}{}{}", authority->host, rest.starts_with('/') ? "" : "/", rest);
  if (rule->shared_name) record.shared_rule = rule->name;
  return record;
}

Result<PurgeRecord> record_of_rule(const Purge& purge, const origin::RuleSet& rules) {
  const auto& all = rules.rules();
  if (std::ranges::find(all, purge.value, &origin::ContentRule::name) == all.end()) {
    std::vector<std::string_view> names;
    for (const origin::ContentRule& rule : all) names.push_back(rule.name);
    return fail(Errc::kNotFound, "no content rule has the name \"{}\"; there are: {}", purge.value,
                fmt::join(names, ", "));
  }
  if (purge.value.size() > kMostValue) return fail(Errc::kInvalid, "that name is too long");
  PurgeRecord record;
  record.value = purge.value;
  return record;
}

bool is_of(const PurgeRecord& purge, const Place& place, const origin::Target& target) {
  if (target.host == place.host) return true;
  return !purge.shared_rule.empty() && target.rule->shared_name && target.rule->name == purge.shared_rule;
}

}  // namespace

std::string_view to_string(Purge::What what) {
  constexpr std::array<std::string_view, 4> kNames = {"url", "prefix", "rule", "everything"};
  return kNames[static_cast<std::size_t>(what)];
}

Result<PurgeRecord> make_record(const Purge& purge, const origin::RuleSet& rules) {
  PurgeRecord record;
  switch (purge.what) {
    case Purge::What::kUrl:
    case Purge::What::kPrefix: {
      TRY(record, record_of_place(purge, rules));
      break;
    }
    case Purge::What::kRule: {
      TRY(record, record_of_rule(purge, rules));
      break;
    }
    case Purge::What::kEverything:
      if (!purge.value.empty()) return fail(Errc::kInvalid, "everything is purged; what is \"{}\" for?", purge.value);
      break;
  }
  record.what = purge.what;
  record.hard = purge.hard;
  return record;
}

bool matches(const PurgeRecord& purge, const origin::Target& target, std::string_view rule) {
  switch (purge.what) {
    case Purge::What::kEverything: return true;
    case Purge::What::kRule: return target.rule->name == purge.value || (!rule.empty() && rule == purge.value);
    case Purge::What::kPrefix: {
      const Place place = place_of(purge.value);
      return target.path().starts_with(place.path_and_query) && is_of(purge, place, target);
    }
    case Purge::What::kUrl: {
      const Place place = place_of(purge.value);
      const bool same = target.rule->query_in_key ? target.path_and_query == place.path_and_query  //
                                                  : target.path() == place.path();
      return same && is_of(purge, place, target);
    }
  }
  return false;
}

bool covers(const PurgeRecord& later, const PurgeRecord& earlier) {
  if (earlier.hard && !later.hard) return false;
  if (later.what == Purge::What::kEverything) return true;
  if (later.what == earlier.what && later.value == earlier.value && later.shared_rule == earlier.shared_rule)
    return true;
  const bool is_place = earlier.what == Purge::What::kUrl || earlier.what == Purge::What::kPrefix;
  return later.what == Purge::What::kPrefix && is_place && later.shared_rule == earlier.shared_rule &&
         earlier.value.starts_with(later.value);
}

}  // namespace larder::cache
