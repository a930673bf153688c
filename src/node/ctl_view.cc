#include "node/ctl_view.h"

#include <algorithm>
#include <boost/json.hpp>
#include <initializer_list>
#include <limits>
#include <optional>
#include <vector>

#include "core/bytes.h"
#include "core/shown.h"

namespace larder::node {
namespace {

using Object = boost::json::object;
using Value = boost::json::value;
using Path = std::initializer_list<std::string_view>;

constexpr std::size_t kMostOfText = 2000;  // bytes of one text

/// Null: it is not there.
const Value* at(const Object& object, Path path) {
  const Object* in = &object;
  const Value* found = nullptr;
  for (const std::string_view name : path) {
    found = in == nullptr ? nullptr : in->if_contains(name);
    if (found == nullptr) return nullptr;
    in = found->if_object();
  }
  return found;
}

std::string plain(const Value& value) {
  if (const auto* text = value.if_string()) return shown(*text, kMostOfText);
  if (value.is_null()) return "-";
  return shown(boost::json::serialize(value), kMostOfText);
}

std::string text(const Object& object, Path path) {
  const Value* value = at(object, path);
  return value == nullptr ? "-" : plain(*value);
}

/// A text of several lines.
std::string on_one_line(const Object& object, Path path) {
  const Value* value = at(object, path);
  if (value == nullptr || !value->is_string()) return text(object, path);
  std::string lines(value->get_string());
  while (lines.ends_with('\n')) lines.pop_back();
  for (std::size_t end = lines.find('\n'); end != std::string::npos; end = lines.find('\n', end)) {
    lines.replace(end, 1, "; ");
  }
  return shown(lines, kMostOfText);
}

std::optional<std::int64_t> number(const Object& object, Path path) {
  const Value* value = at(object, path);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code error;
  const auto found = value->to_number<std::int64_t>(error);
  if (error) return std::nullopt;
  return found;
}

bool is_true(const Object& object, Path path) {
  const Value* value = at(object, path);
  return value != nullptr && value->is_bool() && value->get_bool();
}

/// A number without what comes behind its point.
std::string whole(const Object& object, Path path) {
  const Value* value = at(object, path);
  boost::system::error_code error;
  const double found = value == nullptr ? 0 : value->to_number<double>(error);
  return value == nullptr || error ? "-" : fmt::format("{:.0f}", found);
}

std::string size(const Object& object, Path path) {
  const auto bytes = number(object, path);
  return bytes && *bytes >= 0 ? size_to_string(static_cast<std::uint64_t>(*bytes)) : "-";
}

std::string duration(const Object& object, Path path) {
  const auto seconds = number(object, path);
  return seconds ? time_text(*seconds) : "-";
}

const boost::json::array& list(const Object& object, std::string_view name) {
  static const boost::json::array kNone;
  const Value* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

std::string joined(const Object& object, Path path) {
  const Value* value = at(object, path);
  std::string all;
  if (value == nullptr || !value->is_array()) return "-";
  for (const Value& each : value->get_array()) all += (all.empty() ? "" : ", ") + plain(each);
  return all.empty() ? "-" : all;
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
  out += fmt::format("{:<10} {}\n", name, value);
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}", row[i], widths[i] + 2);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string scrub_text(const Object& drive) {
  const std::string bad = text(drive, {"scrub", "bad_slices"}) + " bad";
  if (is_true(drive, {"scrub", "under_way"})) {
    return fmt::format("{} % at {}/s, {}", whole(drive, {"scrub", "percent"}), size(drive, {"scrub", "rate"}), bad);
  }
  if (at(drive, {"scrub", "last_walk_ended"}) != nullptr) {
    return fmt::format("all by {}, {}", text(drive, {"scrub", "last_walk_ended"}), bad);
  }
  return number(drive, {"scrub", "rate"}).value_or(0) == 0 ? "off" : fmt::format("not yet, {}", bad);
}

std::int64_t without_sign(std::int64_t number) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  return number >= 0 ? number : number < -kMost ? kMost : -number;
}

std::string percent(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return "-";
  return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string served_text(const Object& status) {
  const std::int64_t sent = number(status, {"served", "bytes_out"}).value_or(0);
  const std::int64_t hit = number(status, {"served", "hit_bytes"}).value_or(0);
  return fmt::format("{} requests, {}, {} of it from the cache", text(status, {"served", "requests"}),
                     size(status, {"served", "bytes_out"}), percent(hit, sent));
}

/// How many requests ended otherwise than they should have, by kind; "none".
std::string errors_text(const Object& status) {
  std::string all;
  const Value* errors = at(status, {"served", "errors"});
  if (errors == nullptr || !errors->is_object()) return "-";
  for (const auto& member : errors->get_object()) {
    if (!member.value().is_number() || member.value() == 0) continue;
    all += fmt::format("{}{} {}", all.empty() ? "" : ", ", plain(member.value()), shown(member.key(), kMostOfText));
  }
  return all.empty() ? "none" : all;
}

void add_object(std::string& out, const Object& answer) {
  std::string where = is_true(answer, {"object", "in_memory"}) ? "known in memory" : "not in memory";
  where += is_true(answer, {"object", "on_drive"}) ? ", described on a drive" : ", not described on a drive";
  add_line(out, "object", text(answer, {"object", "id"}) + ", " + where);
  add_line(out, "length", size(answer, {"object", "length"}) + " (" + text(answer, {"object", "length"}) + " bytes)");
  add_line(out, "validators",
           "ETag " + text(answer, {"object", "etag"}) + ", Last-Modified " + text(answer, {"object", "last_modified"}));
  const auto count = number(answer, {"slices", "count"});
  const auto looked_at = number(answer, {"slices", "looked_at"});
  std::string slices = fmt::format("{} of {} ({}), {} being filled", text(answer, {"slices", "stored"}),
                                   count == 0 ? "an unknown number" : text(answer, {"slices", "count"}),
                                   size(answer, {"slices", "stored_bytes"}), text(answer, {"slices", "under_way"}));
  if (count && looked_at && *looked_at < *count)
    slices += fmt::format("; only the first {} were looked at", *looked_at);
  add_line(out, "stored", slices);
  add_line(out, "age",
           duration(answer, {"object", "age_seconds"}) + ", origin asked at " + text(answer, {"object", "checked"}));
  const auto left = number(answer, {"freshness", "seconds_left"});
  std::string fresh = is_true(answer, {"freshness", "fresh"}) ? "yes" : "no";
  if (left) fresh += *left >= 0 ? ", for " + time_text(*left) : ", for " + time_text(without_sign(*left)) + " now";
  add_line(out, "fresh", fresh);
  add_line(out, "", text(answer, {"freshness", "reason"}));
}

std::string forwarded_text(const Object& answer) {
  const Value* forwarded = at(answer, {"forwarded"});
  if (forwarded == nullptr || !forwarded->is_object()) return "no";
  std::string words = "to its origin, one by one: " + text(answer, {"forwarded", "reason"});
  if (at(answer, {"forwarded", "seconds_left"}) != nullptr) {
    words += ", for " + duration(answer, {"forwarded", "seconds_left"});
  }
  return words;
}

std::string purges_text(const Object& status) {
  const std::string remembered =
      fmt::format("{} of {} remembered", text(status, {"purges", "remembered"}), text(status, {"purges", "limit"}));
  if (at(status, {"purges", "last"}) == nullptr) return remembered;
  const std::string_view kind = is_true(status, {"purges", "last", "hard"}) ? "hard" : "soft";
  return fmt::format("{}; the last one {}, of: {}", remembered, kind, text(status, {"purges", "last", "what"}));
}

}  // namespace

std::string time_text(std::int64_t seconds) {
  if (seconds < 0) return "-" + time_text(without_sign(seconds));
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{} d {} h", seconds / 86400, seconds / 3600 % 24);
}

std::string show_status(const Object& status) {
  std::string out;
  add_line(out, "node",
           fmt::format("{}, version {}, up {}", text(status, {"node_id"}), text(status, {"version"}),
                       duration(status, {"uptime_seconds"})));
  add_line(out, "state", text(status, {"health"}));
  if (is_true(status, {"drained"})) add_line(out, "drained", "since " + text(status, {"drained_since"}));
  if (at(status, {"last_reload", "problem"}) != nullptr) {
    add_line(out, "reload",
             fmt::format("refused at {}: {}", text(status, {"last_reload", "at"}),
                         on_one_line(status, {"last_reload", "problem"})));
  }
  if (at(status, {"last_reload", "certificate_problem"}) != nullptr) {
    add_line(out, "certificate", "not renewed: " + text(status, {"last_reload", "certificate_problem"}));
  }
  add_line(out, "listens",
           fmt::format("http {}, https {}", joined(status, {"listen", "http"}), joined(status, {"listen", "https"})));
  add_line(out, "served", served_text(status));
  add_line(out, "errors", errors_text(status));
  add_line(out, "clients",
           fmt::format("{} connections of {} at most", text(status, {"connections", "open"}),
                       text(status, {"connections", "limit"})));
  add_line(out, "origins",
           fmt::format("{} requests, {}, {} fills under way, {} failed", text(status, {"origin", "requests"}),
                       size(status, {"origin", "bytes"}), text(status, {"origin", "fills_running"}),
                       text(status, {"origin", "fills_failed"})));
  add_line(out, "purges", purges_text(status));
  add_line(out, "memory", size(status, {"memory", "resident"}));
  return out + "\n" + show_drives(status);
}

std::string show_drives(const Object& answer) {
  const boost::json::array& drives = list(answer, "drives");
  if (drives.empty()) return "This node has no drives: it stores nothing.\n";
  std::vector<std::vector<std::string>> rows = {{"DRIVE", "STATE", "USED", "SIZE", "SLICES", "SCRUBBED"}};
  std::string reasons;
  for (const Value& each : drives) {
    const Object* drive = each.if_object();
    if (drive == nullptr) continue;
    rows.push_back({text(*drive, {"path"}), text(*drive, {"state"}), size(*drive, {"used"}), size(*drive, {"size"}),
                    text(*drive, {"slices"}), scrub_text(*drive)});
    if (at(*drive, {"reason"}) != nullptr) {
      reasons += fmt::format("{}: {}\n", text(*drive, {"path"}), text(*drive, {"reason"}));
    }
  }
  return table(rows) + reasons;
}

std::string show_inspection(const Object& answer) {
  std::string out;
  add_line(out, "url", text(answer, {"url"}));
  if (const Value* refused = at(answer, {"refused"}); refused != nullptr) {
    add_line(out, "rule", "none");
    out += fmt::format("Clients are answered {}:\n", text(answer, {"refused", "status"}));
    const Value* reason = at(answer, {"refused", "reason"});
    std::string_view lines = reason != nullptr && reason->is_string() ? std::string_view(reason->get_string()) : "-";
    while (!lines.empty()) {
      const std::size_t end = std::min(lines.find('\n'), lines.size());
      out += (end == 0 ? "" : "  " + shown(lines.substr(0, end), kMostOfText)) + "\n";
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return out;
  }
  add_line(out, "rule", text(answer, {"rule"}));
  add_line(out, "origin",
           fmt::format("{}://{}:{}{}", text(answer, {"origin", "scheme"}), text(answer, {"origin", "host"}),
                       text(answer, {"origin", "port"}), text(answer, {"origin", "target"})));
  add_line(out, "key", text(answer, {"key"}));
  add_line(out, "forwarded", forwarded_text(answer));
  add_line(out, "asking", is_true(answer, {"being_asked"}) ? "yes: the origin, or the drive, at this moment" : "no");
  const Value* object = at(answer, {"object"});
  if (object != nullptr && object->is_object()) {
    add_object(out, answer);
  } else if (is_true(answer, {"purged"})) {
    add_line(out, "object", "none: what is stored was purged, and is never used again");
  } else if (is_true(answer, {"replaced"})) {
    add_line(out, "object", "none: the origin has another version than what was stored, which nobody asked for since");
  } else {
    add_line(out, "object", "none: nobody asked for it lately, or it was evicted, or may not be kept");
  }
  return out;
}

std::string show_reload(const Object& answer) {
  std::string out = fmt::format("The configuration was read again: {} content rules.\n", text(answer, {"rules"}));
  if (at(answer, {"after_restart"}) != nullptr) {
    out += fmt::format("After a restart only: {}.\n", text(answer, {"after_restart"}));
  }
  out += at(answer, {"log_problem"}) == nullptr
             ? "Log files were opened anew.\n"
             : fmt::format("A log file is written on where it was: {}.\n", text(answer, {"log_problem"}));
  out += at(answer, {"certificate_problem"}) == nullptr
             ? "The certificate, if there is one, was read again.\n"
             : fmt::format("The certificate stays as it was: {}.\n", text(answer, {"certificate_problem"}));
  return out;
}

std::string show_drain(const Object& answer) {
  const bool drained = is_true(answer, {"drained"});
  std::string out = drained ? fmt::format(
                                  "The node is drained since {}: no new clients are sent to it, and it serves "
                                  "all who come.\n",
                                  text(answer, {"since"}))
                            : "The node takes new clients.\n";
  if (!is_true(answer, {"kept"}) && (drained || text(answer, {"reason"}) != "-")) {
    out += fmt::format("A restart forgets it: {}.\n", text(answer, {"reason"}));
  }
  return out;
}

std::string show_purge(bool hard) {
  return hard ? "Purged: nothing of it that is stored is served again; it is fetched anew.\n"
              : "Purged: its origin is asked before any of it is served again; what is stored is used if it "
                "has not changed.\n";
}

std::string what_a_purge_lacks(const Object& answer) {
  std::string out;
  if (!is_true(answer, {"in_force"})) {
    out =
        "the process before this one still answers clients and does not hear of it: end that, or wait for limits.drain";
  }
  if (!is_true(answer, {"kept"})) {
    out += fmt::format("{}it may be forgotten if the node is killed: {}", out.empty() ? "" : "\n",
                       text(answer, {"reason"}));
  }
  return out;
}

std::string show_scrub(const Object& answer) {
  std::string out;
  for (const Value& each : list(answer, "drives")) {
    const Object* drive = each.if_object();
    if (drive == nullptr) continue;
    const std::string outcome = text(*drive, {"outcome"});
    const std::string words = outcome == "begun"
                                  ? "it is read back now; what a walk that was broken off has read is not read again"
                              : outcome == "under_way" ? "a walk was under way, and goes on"
                                                       : "out of use, nothing is read";
    out += fmt::format("{}: {}\n", text(*drive, {"path"}), words);
  }
  return out + "larder-node ctl drives shows how far they are.\n";
}

}  // namespace larder::node
