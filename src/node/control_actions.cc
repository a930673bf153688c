#include "node/control_actions.h"

#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "core/shown.h"
#include "http/percent.h"
#include "http/query.h"
#include "node/inspection_json.h"
#include "node/purge_order.h"
#include "node/scrub_order.h"
#include "origin/authority.h"
#include "origin/url_target.h"

namespace larder::node {
namespace {

using http::HeadProblem;

constexpr auto kReloadPatience = std::chrono::seconds(60);
constexpr std::uint16_t kPlainPort = 80;
constexpr std::size_t kMostQuoted = 200;  // bytes

std::unexpected<HeadProblem> refuse(int status, std::string text) {
  return std::unexpected(HeadProblem(status, std::move(text)));
}

/// The one item of a query that it may have.
Result<std::string, HeadProblem> only_item(std::string_view query, std::string_view name) {
  std::optional<std::string> value;
  for (const http::QueryPiece& piece : http::Query(query)) {
    if (piece.name != name || value) {
      return refuse(400, fmt::format("the query should have '{}' once and nothing else", name));
    }
    auto decoded = http::percent_decode(piece.value);
    if (!decoded) return refuse(400, fmt::format("'{}' of the query: {}", name, decoded.error().text));
    value = *std::move(decoded);
  }
  if (!value || value->empty()) {
    return refuse(400, fmt::format("'{0}' is missing in the query: ?{0}=..., percent-encoded", name));
  }
  return *std::move(value);
}

/// What a purge names: as the origin has it, however it was written.
Result<std::string, HeadProblem> url_of_origin(std::string_view url, const origin::RuleSet& rules,
                                               const std::vector<std::string>& own_names) {
  const auto target = origin::parse_url_target(url, rules, own_names);
  if (target) return origin::host_line(target->host, kPlainPort, false) + target->path_and_query;
  std::string_view text = target.error().text;
  while (text.ends_with('\n')) text.remove_suffix(1);
  return refuse(target.error().status == 403 ? 404 : 422, std::string(text));
}

int status_of_refusal(Errc code) {
  switch (code) {
    case Errc::kInvalid: return 422;
    case Errc::kNotFound: return 404;
    case Errc::kNoSpace: return 409;
    default: return 503;
  }
}

std::string names_of(const std::vector<storage::DriveStatus>& drives) {
  if (drives.empty()) return "this node has no drives";
  std::string names = "this node has";
  for (const storage::DriveStatus& drive : drives) names += " " + shown(drive.path, kMostQuoted);
  return names;
}

std::string_view word(storage::SliceStore::ScrubOrder order) {
  switch (order) {
    case storage::SliceStore::ScrubOrder::kBegun: return "begun";
    case storage::SliceStore::ScrubOrder::kUnderWay: return "under_way";
    case storage::SliceStore::ScrubOrder::kOut: break;
  }
  return "out";
}

}  // namespace

void ControlActions::set_rules(std::shared_ptr<const origin::RuleSet> rules) {
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
}

std::shared_ptr<const origin::RuleSet> ControlActions::rules() const {
  const std::lock_guard lock(mutex_);
  return rules_;
}

ControlActions::Answer ControlActions::status(const ControlRequest&) { return to_json(node_.status()); }

ControlActions::Answer ControlActions::drives(const ControlRequest&) { return drives_to_json(node_.status()); }

ControlActions::Answer ControlActions::inspect(const ControlRequest& request) {
  TRY(const std::string url, only_item(request.query, "url"));
  const auto rules = this->rules();
  const auto target = origin::parse_url_target(url, *rules, node_.own_names);
  if (!target) return refused_to_json(url, target.error());
  auto seen = cache::inspect(node_.cache, *target);
  if (!seen) return refuse(503, fmt::format("what is stored of it cannot be read: {}", seen.error().text));
  return to_json(url, *target, *seen, node_.cache.clock().moment());
}

ControlActions::Answer ControlActions::reload(const ControlRequest&) {
  const auto outcome = node_.reloads.ask(kReloadPatience);
  if (!outcome) return refuse(503, outcome.error().text);
  const auto& [problem, certificate_problem, log_problem, after_restart] = *outcome;
  if (!problem.empty()) {
    const std::string also =
        certificate_problem.empty() ? "" : "\nthe certificate stays as it was: " + certificate_problem;
    return refuse(422, problem + also);
  }
  boost::json::object out = {{"rules", rules()->rules().size()}};
  if (!certificate_problem.empty()) out["certificate_problem"] = certificate_problem;
  if (!log_problem.empty()) out["log_problem"] = log_problem;
  if (!after_restart.empty()) out["after_restart"] = after_restart;
  return boost::json::serialize(out);
}

ControlActions::Answer ControlActions::drain(const ControlRequest&) { return set_drained(true); }

ControlActions::Answer ControlActions::undrain(const ControlRequest&) { return set_drained(false); }

ControlActions::Answer ControlActions::set_drained(bool drained) {
  if (node_.cache.store().is_released()) return refuse(503, std::string(cache::kReleased));
  const auto written = node_.drain.set(drained, node_.cache.clock().wall());
  node_.log.write(Level::kInfo, drained ? "drained by the operator" : "drain ended by the operator");
  boost::json::object out;
  out["drained"] = drained;
  if (const auto since = node_.drain.since()) out["since"] = timestamp(*since);
  out["kept"] = written && node_.drain.is_kept();
  if (!written) {
    out["reason"] = written.error().text;
    node_.log.write(Level::kError, "whether the node is drained cannot be written down",
                    [&](JsonLine& line) { line.add("reason", written.error().text); });
  } else if (!node_.drain.is_kept()) {
    out["reason"] = "node.state is not set in the configuration";
  }
  return boost::json::serialize(out);
}

ControlActions::Answer ControlActions::purge(const ControlRequest& request) {
  TRY(cache::Purge purge, parse_purge_order(request.body));
  const auto rules = this->rules();
  if (purge.what == cache::Purge::What::kUrl) {
    TRY(purge.value, url_of_origin(purge.value, *rules, node_.own_names));
  }
  const auto purged = node_.cache.purge(purge, *rules);
  if (!purged) return refuse(status_of_refusal(purged.error().code), purged.error().text);
  const bool in_force = node_.purged();
  if (!in_force) {
    node_.log.write(Level::kError, "the process before does not hear of a purge, and may answer as if it had not been");
  }
  boost::json::object out;
  out["number"] = purged->number;
  out["in_force"] = in_force;
  out["kept"] = purged->not_kept.empty();
  if (!purged->not_kept.empty()) out["reason"] = purged->not_kept;
  return boost::json::serialize(out);
}

ControlActions::Answer ControlActions::scrub(const ControlRequest& request) {
  TRY(const ScrubOrder order, parse_scrub_order(request.body));
  storage::SliceStore& store = node_.cache.store();
  if (store.is_released()) return refuse(503, std::string(cache::kReleased));
  const auto drives = store.status();
  boost::json::array told;
  bool any = false;
  for (std::size_t i = 0; i < drives.size(); ++i) {
    if (!order.drive.empty() && drives[i].path != order.drive) continue;
    const auto outcome = store.order_scrub(i, order.rate);
    any = any || outcome != storage::SliceStore::ScrubOrder::kOut;
    told.push_back({{"path", drives[i].path}, {"outcome", word(outcome)}});
  }
  if (told.empty() && !order.drive.empty()) {
    return refuse(404, fmt::format("there is no drive {}; {}", shown(order.drive, kMostQuoted), names_of(drives)));
  }
  if (!any && drives.empty()) return refuse(409, names_of(drives));
  if (!any) return refuse(409, "no drive that is meant is in use; their states say why");
  return boost::json::serialize(boost::json::object{{"drives", std::move(told)}});
}

}  // namespace larder::node
