#include "fleet/node_rules.h"

#include <algorithm>
#include <filesystem>

#include "core/json_pointer.h"
#include "ledger/organisation_ref.h"
#include "ledger/text.h"
#include "ledger/text_gate.h"
#include "net/address.h"
#include "space/meant_address.h"

namespace larder::fleet {
namespace {

using ledger::FieldProblems;
using ledger::printable;

constexpr std::size_t kNameLimit = 90;
constexpr std::size_t kShown = 100;  // bytes of a wrong text that are said again
constexpr std::size_t kDriveLimit = 20;
constexpr std::int64_t kDriveLeastGib = 1;
constexpr std::size_t kLabelLimit = 32;
constexpr std::size_t kLabelKeyLimit = 63;
constexpr ledger::TextRule kLabelValue = {.most = 200, .bytes = 200};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class Predicate>
bool all_of(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

/// One label of a DNS name: letters, digits and inner hyphens, at most 63.
bool is_dns_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         all_of(label, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

bool is_dns_name(std::string_view name) {
  if (name.size() > 253) return false;
  std::size_t labels = 0;
  std::string_view label;
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    label = name.substr(0, dot);
    if (!is_dns_label(label)) return false;
    ++labels;
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return labels >= 2 && !all_of(label, is_digit);  // a last label of digits is an address gone wrong
}

void check_address(std::optional<std::string>& text, bool v4, const NodeRules& rules, FieldProblems& problems) {
  if (!text) return;
  const std::string pointer = v4 ? "/ipv4_address" : "/ipv6_address";
  const auto meant = space::meant_address(*text);
  if (!meant || meant->address.is_v4() != v4) {
    problems.add(pointer, fmt::format("{}: not an IPv{} address such as {}", printable(*text, kShown), v4 ? 4 : 6,
                                      v4 ? "192.0.2.10" : "2001:db8::10"));
    return;
  }
  if (!meant->why.empty()) {
    problems.add(pointer, fmt::format("{}: {}", printable(*text, kShown), meant->why), net::to_string(meant->address));
    return;
  }
  const net::IpAddress* address = &meant->address;
  if (address->is_unspecified() || address->is_multicast()) {
    problems.add(pointer, fmt::format("{}: no server can have this address", *text));
  } else if (rules.kind == ledger::OrganisationKind::kIsp && !address->is_public() && !rules.allow_private) {
    problems.add(pointer, fmt::format("{}: clients out on the Internet must reach the node; it needs a globally "
                                      "routable address",
                                      *text));
  }
  text = net::to_string(*address);
}

void check_fqdn(std::optional<std::string>& fqdn, FieldProblems& problems) {
  if (!fqdn) return;
  *fqdn = ledger::to_lower(*fqdn);
  if (fqdn->ends_with('.')) fqdn->pop_back();
  if (!is_dns_name(*fqdn)) {
    problems.add("/fqdn", fmt::format("{}: not a full host name such as cache1.example.net", *fqdn));
  }
}

/// The same refusals as larder-node's own configuration has.
void check_drive_path(std::string& path, const std::string& pointer, FieldProblems& problems) {
  constexpr std::string_view kRight = "give the absolute path of a folder of its own, such as /srv/larder/1";
  if (path.find_first_not_of(" \t\r\n") == std::string::npos) {
    problems.add(pointer, fmt::format("the path is blank; {}", kRight));
    return;
  }
  if (!path.starts_with('/')) {
    problems.add(pointer, fmt::format("{}: the path is relative; {}", path, kRight));
    return;
  }
  path.erase(0,
             std::min(path.find_first_not_of('/'), path.size()) - 1);  // "//" is a root of its own for std::filesystem
  std::filesystem::path lexical = std::filesystem::path(path).lexically_normal();
  if (!lexical.has_filename()) lexical = lexical.parent_path();
  path = lexical.string();
  if (path.find_first_not_of('/') == std::string::npos)
    problems.add(pointer, fmt::format("the root folder cannot be a drive; {}", kRight));
}

void check_drives(std::vector<NodeDrive>& drives, FieldProblems& problems) {
  if (drives.size() > kDriveLimit) problems.add("/drives", fmt::format("{} drives at most", kDriveLimit));
  for (std::size_t i = 0; i < drives.size(); ++i) {
    const std::string pointer = fmt::format("/drives/{}", i);
    check_drive_path(drives[i].path, pointer + "/path", problems);
    if (drives[i].size_gib < kDriveLeastGib) problems.add(pointer + "/size_gib", "1 GiB at least");
    for (std::size_t j = 0; j < i; ++j) {
      const std::string a = drives[i].path + "/";
      const std::string b = drives[j].path + "/";
      if (a == b) {
        problems.add(pointer + "/path", fmt::format("{} is listed twice", drives[i].path));
      } else if (a.starts_with(b) || b.starts_with(a)) {
        problems.add(pointer + "/path",
                     fmt::format("{} and {} lie one inside the other", drives[j].path, drives[i].path));
      }
    }
  }
}

void check_proxy(const std::optional<std::string>& url, FieldProblems& problems) {
  if (!url) return;
  std::string_view rest = *url;
  const bool scheme = rest.starts_with("http://") || rest.starts_with("https://");
  rest.remove_prefix(scheme ? rest.find("//") + 2 : 0);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find('@') != std::string_view::npos) {
    problems.add("/proxy_url", "a proxy with a user name is not taken: it would be shown to everybody here");
    return;
  }
  const std::size_t colon = rest.rfind(':');
  const bool bracketed = rest.starts_with('[');
  const std::string_view port = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  const std::string_view host = rest.substr(0, colon);
  const bool port_is_right = !port.empty() && port.size() <= 5 && all_of(port, is_digit) &&
                             std::stoi(std::string(port)) >= 1 && std::stoi(std::string(port)) <= 65535;
  const std::string_view inner = bracketed && host.size() > 2 ? host.substr(1, host.size() - 2) : host;
  const bool host_is_right = net::parse_address(inner).has_value() || is_dns_name(host) || is_dns_label(host);
  if (!scheme || !port_is_right || !host_is_right) {
    problems.add("/proxy_url", fmt::format("{}: not a proxy such as http://proxy.example.net:3128", *url));
  }
}

bool is_time(std::string_view text) {
  return text.size() == 5 && text[2] == ':' && is_digit(text[0]) && is_digit(text[1]) && is_digit(text[3]) &&
         is_digit(text[4]) && text.substr(0, 2) < "24" && text.substr(3) < "60";
}

void check_update(const UpdateWindow& update, FieldProblems& problems) {
  if (update.ring == "fast") {
    if (update.week || update.day || update.time) {
      problems.add("/update", "the fast ring takes releases as they come; week, day and time are of the slow ring");
    }
    return;
  }
  if (!update.week) problems.add("/update/week", "the slow ring needs a week of the month, 1 to 4");
  if (!update.day) problems.add("/update/day", "the slow ring needs a day of the week, 1 (Monday) to 7");
  if (!update.time) {
    problems.add("/update/time", "the slow ring needs a time (UTC), such as 03:00");
  } else if (!is_time(*update.time)) {
    problems.add("/update/time", fmt::format("{}: not a time such as 03:00", *update.time));
  }
}

void check_labels(const boost::json::object& labels, FieldProblems& problems) {
  if (labels.size() > kLabelLimit) problems.add("/labels", fmt::format("{} labels at most", kLabelLimit));
  for (const auto& label : labels) {
    const std::string_view key = label.key();
    const std::string pointer = "/labels/" + pointer_step(key);
    const bool right = !key.empty() && key.size() <= kLabelKeyLimit && all_of(key, [](char c) {
      return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
    });
    if (!right) {
      problems.add(pointer, fmt::format("'{}': a label's name is 1 to {} of a-z, 0-9, -, _ and .",
                                        printable(key, kLabelKeyLimit), kLabelKeyLimit));
    } else if (!label.value().is_string()) {
      problems.add(pointer, fmt::format("a label's value is a text of at most {} bytes", kLabelValue.bytes));
    } else if (auto wrong = ledger::text_problem(label.value().get_string(), kLabelValue)) {
      problems.add(pointer, std::move(wrong->detail), std::move(wrong->suggestion));
    }
  }
}

}  // namespace

void check_node_name(std::string_view name, FieldProblems& problems) {
  const bool right = !name.empty() && name.size() <= kNameLimit &&
                     all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
  if (right) return;
  std::string suggestion;
  for (const char c : name.substr(0, kNameLimit)) {
    suggestion += is_letter(c) || is_digit(c) || c == '-' || c == '_' ? c : '-';
  }
  problems.add(
      "/name",
      fmt::format("a cache node's name is 1 to {} letters, digits, - and _, without spaces: Seattle-1", kNameLimit),
      suggestion.empty() ? std::nullopt : std::optional(suggestion));
}

void check_node_settings(NodeSettings& settings, const NodeRules& rules, FieldProblems& problems) {
  check_address(settings.ipv4_address, true, rules, problems);
  check_address(settings.ipv6_address, false, rules, problems);
  check_fqdn(settings.fqdn, problems);
  if (settings.intent.until && settings.intent.state != IntentState::kDraining) {
    problems.add("/intent/until", "only a node that drains has an end of that");
  }
  check_drives(settings.drives, problems);
  check_proxy(settings.proxy_url, problems);
  check_update(settings.update, problems);
  check_labels(settings.labels, problems);
}

}  // namespace larder::fleet
