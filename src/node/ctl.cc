#include "node/ctl.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>
#include <vector>

#include "core/config_reader.h"
#include "core/json.h"
#include "core/pretty_json.h"
#include "core/shown.h"
#include "node/ctl_view.h"

namespace larder::node {
namespace {

constexpr std::size_t kMostLine = 4000;

/// For a value of a query: what has a meaning there, and what no target may have, escaped.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = c > ' ' && c <= '~' && std::string_view("%&#+").find(c) == std::string_view::npos;
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string scrub_body(const CtlCommand& command) {
  boost::json::object body;
  if (!command.drive.empty()) body["drive"] = command.drive;
  if (!command.rate.empty()) body["rate"] = command.rate;
  return boost::json::serialize(body);
}

std::string purge_body(const cache::Purge& purge) {
  boost::json::object body;
  boost::json::value& value = body[to_string(purge.what)];
  if (purge.what == cache::Purge::What::kEverything) {
    value = true;
  } else {
    value = purge.value;
  }
  if (purge.hard) body["hard"] = true;
  return boost::json::serialize(body);
}

std::string show(const CtlCommand& command, const boost::json::object& answer) {
  switch (command.verb) {
    case CtlVerb::kStatus: return show_status(answer);
    case CtlVerb::kDrives: return show_drives(answer);
    case CtlVerb::kInspect: return show_inspection(answer);
    case CtlVerb::kReload: return show_reload(answer);
    case CtlVerb::kDrain:
    case CtlVerb::kUndrain: return show_drain(answer);
    case CtlVerb::kPurge: return show_purge(command.purge.hard);
    case CtlVerb::kScrub: break;
  }
  return show_scrub(answer);
}

/// What a problem document says, line by line.
std::string detail_of(const boost::json::object& problem, int status) {
  const boost::json::value* detail = problem.if_contains("detail");
  if (detail == nullptr || !detail->is_string()) return fmt::format("the node answered {} without a reason", status);
  std::string out;
  std::string_view text = detail->get_string();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!out.empty()) out += '\n';
    out += shown(text.substr(0, end), kMostLine);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

CtlRequest to_request(const CtlCommand& command) {
  switch (command.verb) {
    case CtlVerb::kStatus: return {"GET", "/v1/status", ""};
    case CtlVerb::kDrives: return {"GET", "/v1/drives", ""};
    case CtlVerb::kInspect: return {"GET", "/v1/inspect?url=" + escaped(command.url), ""};
    case CtlVerb::kReload: return {"POST", "/v1/reload", ""};
    case CtlVerb::kDrain: return {"POST", "/v1/drain", ""};
    case CtlVerb::kUndrain: return {"POST", "/v1/undrain", ""};
    case CtlVerb::kPurge: return {"POST", "/v1/purge", purge_body(command.purge)};
    case CtlVerb::kScrub: break;
  }
  return {"POST", "/v1/scrub", scrub_body(command)};
}

Result<CtlOutcome> to_outcome(const CtlCommand& command, const CtlResponse& response) {
  const auto document = parse_json_object(response.body);
  if (!document) return fail(Errc::kCorrupt, "the answer is not what a node says: {}", document.error().text);
  CtlOutcome outcome;
  if (response.status != 200) {
    outcome.failure = detail_of(*document, response.status);
  } else if (command.verb == CtlVerb::kPurge) {
    outcome.failure = what_a_purge_lacks(*document);
  }
  if (command.json) {
    outcome.output = json_on_one_line(*document);  // it may hold what an origin said
  } else if (response.status == 200) {
    outcome.output = show(command, *document);
  }
  return outcome;
}

Result<CtlOutcome> run_ctl(const CtlCommand& command, const std::string& socket) {
  TRY(const CtlResponse response, ask_node(socket, to_request(command)));
  return to_outcome(command, response);
}

Result<std::string> control_socket_of(std::string_view config, std::string_view file) {
  TRY(const toml::table parsed, parse_toml(config, file));
  std::vector<ConfigProblem> ignored;
  ConfigTable root(&parsed, "", &ignored);
  const std::string path = root.table("listen").text("control", "off");
  if (path.starts_with('/')) return path;
  return fail(
      Errc::kNotFound,
      "{} names no control socket: add control = \"/run/larder/node.sock\" to its [listen] and restart the node, "
      "or give --socket PATH",
      file);
}

}  // namespace larder::node
