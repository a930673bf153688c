#include "node/inspection_json.h"

#include <boost/json.hpp>
#include <chrono>

#include "core/log.h"
#include "core/shown.h"
#include "core/utf8.h"

namespace larder::node {
namespace {

using cache::FreshnessBasis;
using Duration = SteadyTime::duration;

std::int64_t whole_seconds(Duration time) { return std::chrono::floor<std::chrono::seconds>(time).count(); }

std::string hex(const std::array<std::uint64_t, 2>& words) { return fmt::format("{:016x}{:016x}", words[0], words[1]); }

std::string_view basis_word(FreshnessBasis basis) {
  switch (basis) {
    case FreshnessBasis::kRule: return "rule";
    case FreshnessBasis::kNoCache: return "no_cache";
    case FreshnessBasis::kSharedMaxAge: return "s_maxage";
    case FreshnessBasis::kMaxAge: return "max_age";
    case FreshnessBasis::kExpires: return "expires";
    case FreshnessBasis::kGuess: break;
  }
  return "guess";
}

std::string basis_text(FreshnessBasis basis, std::string_view rule) {
  switch (basis) {
    case FreshnessBasis::kRule: return fmt::format("the content rule '{}' says how long", rule);
    case FreshnessBasis::kNoCache: return "its origin says no-cache or no-store";
    case FreshnessBasis::kSharedMaxAge: return "its origin says how long (s-maxage)";
    case FreshnessBasis::kMaxAge: return "its origin says how long (max-age)";
    case FreshnessBasis::kExpires: return "its origin says until when (Expires)";
    case FreshnessBasis::kGuess: break;
  }
  return "its origin does not say how long: a tenth of its age is taken, from 10 minutes to a day";
}

/// JSON is UTF-8, and header fields are what the origin sent.
std::string as_text(std::string_view bytes) { return is_utf8(bytes) ? std::string(bytes) : shown(bytes, bytes.size()); }

boost::json::object object_json(const cache::Inspection& seen, const cache::Inspection::Object& object) {
  boost::json::object out;
  out["id"] = hex(object.info.id);
  out["in_memory"] = seen.in_memory;
  out["on_drive"] = seen.on_drive;
  out["length"] = nullptr;
  if (object.info.total != cache::kUnknownTotal) out["length"] = object.info.total;
  if (!object.info.etag.empty()) out["etag"] = as_text(object.info.etag);
  if (!object.info.last_modified.empty()) out["last_modified"] = as_text(object.info.last_modified);
  boost::json::object fields;
  for (const auto& [name, value] : object.info.fields) fields[as_text(name)] = as_text(value);
  out["fields"] = std::move(fields);
  out["ranges"] = object.info.ranges;
  out["one_response"] = object.info.single;
  out["age_seconds"] = whole_seconds(object.age);
  out["checked"] = timestamp(object.info.checked);
  return out;
}

boost::json::object slices_json(const cache::Inspection::Object& object) {
  return {{"size", storage::kSliceSize},         {"count", object.slices},
          {"looked_at", object.looked_at},       {"stored", object.stored},
          {"stored_bytes", object.stored_bytes}, {"under_way", object.under_way}};
}

boost::json::object freshness_json(const cache::Inspection& seen, std::string_view rule) {
  const cache::Inspection::Object& object = *seen.object;
  boost::json::object out;
  out["fresh"] = object.fresh;
  out["served_stale"] = object.lent;
  if (!seen.unsure && !object.outdated) out["seconds_left"] = whole_seconds(object.fresh_for);
  out["basis"] = basis_word(object.basis);
  out["reason"] = freshness_text(seen, rule);
  return out;
}

}  // namespace

std::string freshness_text(const cache::Inspection& seen, std::string_view rule) {
  const cache::Inspection::Object& object = *seen.object;
  const std::string basis = basis_text(object.basis, rule);
  if (object.fresh) return "it is fresh: " + basis;
  if (object.outdated) return "it was purged, so that its origin is asked before it is served again";
  if (seen.unsure) {
    return "it is not fresh: a newer description may have been lost with a drive, so that its origin is asked first";
  }
  if (object.doubted) return "it is not fresh: something else came for the same URL, so that its origin is asked first";
  if (object.lent) return "it is old, and served all the same for a while: its origin did not answer; " + basis;
  return "it is old, and its origin is asked before it is served again: " + basis;
}

std::string to_json(std::string_view url, const origin::Target& target, const cache::Inspection& seen, Moment now) {
  boost::json::object out;
  out["url"] = as_text(url);
  out["rule"] = target.rule->name;
  out["origin"] = {{"scheme", target.tls ? "https" : "http"},
                   {"host", target.host},
                   {"port", target.port},
                   {"target", target.path_and_query}};
  out["key"] = hex(target.key.words);
  out["being_asked"] = seen.asking;
  if (seen.forward) {
    out["forwarded"] = {{"reason", to_string(seen.forward->reason)},
                        {"seconds_left", whole_seconds(seen.forward->until - now.steady)}};
  } else if (seen.object && seen.object->info.forbidden && target.rule->honour_no_store) {
    out["forwarded"] = {{"reason", to_string(cache::ForwardReason::kForbidden)}};
  } else {
    out["forwarded"] = nullptr;
  }
  out["replaced"] = seen.replaced;
  out["purged"] = seen.purged;
  out["object"] = nullptr;
  if (seen.object) {
    out["object"] = object_json(seen, *seen.object);
    out["freshness"] = freshness_json(seen, target.rule->name);
    out["slices"] = slices_json(*seen.object);
  }
  return boost::json::serialize(out);
}

std::string refused_to_json(std::string_view url, const http::HeadProblem& problem) {
  std::string_view text = problem.text;
  while (text.ends_with('\n')) text.remove_suffix(1);
  boost::json::object out;
  out["url"] = as_text(url);
  out["rule"] = nullptr;
  out["refused"] = {{"status", problem.status}, {"reason", as_text(text)}};
  return boost::json::serialize(out);
}

}  // namespace larder::node
