#include <numeric>

#include "core/bytes.h"
#include "core/log.h"
#include "node/node_status.h"

namespace larder::node {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

void add_row(std::string& out, std::string_view name, std::string_view value) {
  out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escaped(name), escaped(value));
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string scrub_text(const storage::ScrubStatus& scrub) {
  if (scrub.rate == 0 && !scrub.last_end) return "off";
  std::string text = fmt::format("{:.0f} %, {} bad", scrub.percent, scrub.bad_slices);
  if (scrub.last_end) text += ", whole drive by " + timestamp(*scrub.last_end);
  return text;
}

void add_drives(std::string& out, const NodeStatus& status) {
  if (status.drives.empty()) return;
  out +=
      "<h2>Drives</h2>\n<table><tr><th>Drive</th><th>State</th><th>Used</th><th>Size</th><th>Slices</th><th>Scrubbed</"
      "th></tr>\n";
  for (const storage::DriveStatus& drive : status.drives) {
    const std::string state = drive.reason.empty() ? drive.state : drive.state + ": " + drive.reason;
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                       escaped(drive.path), escaped(state), size_to_string(drive.used), size_to_string(drive.size),
                       drive.slices, escaped(scrub_text(drive.scrub)));
  }
  out += "</table>\n";
}

std::string errors_of(const NodeStatus& status) {
  std::string all;
  for (std::size_t i = 0; i < kErrorKinds; ++i) {
    if (status.errors[i] == 0) continue;
    all += fmt::format("{}{} {}", all.empty() ? "" : ", ", status.errors[i], to_string(static_cast<ErrorKind>(i)));
  }
  return all.empty() ? "none" : all;
}

}  // namespace

std::string to_html(const NodeStatus& status) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"15\">\n"
      "<title>Larder cache node</title>\n<style>:root{color-scheme:light dark}body{font:16px sans-serif;margin:2rem}"
      "th{text-align:left;padding-right:2rem}td{padding-right:2rem}</style></head><body>\n<h1>Cache node ";
  out += escaped(status.node_id) + "</h1>\n<table>\n";
  add_row(out, "Health", status.health());
  add_row(out, "Version", status.version);
  add_row(out, "Started", timestamp(status.started));
  add_row(out, "Requests", fmt::format("{}", status.requests));
  add_row(out, "Sent to clients", size_to_string(status.bytes_out));
  add_row(out, "Of that from the cache",
          fmt::format("{} ({})", size_to_string(status.hit_bytes), percent(status.hit_bytes, status.bytes_out)));
  add_row(out, "Received from origins", size_to_string(status.origin_bytes));
  add_row(out, "Requests not for the cache",
          fmt::format("{}", std::accumulate(status.forwarded.begin(), status.forwarded.end(), std::uint64_t{0})));
  add_row(out, "Requests that failed", errors_of(status));
  add_row(out, "Downloads from origins that failed", fmt::format("{}", status.fills_failed));
  add_row(out, "Connections", fmt::format("{} of {}", status.connections, status.connections_limit));
  out += "</table>\n";
  add_drives(out, status);
  out +=
      "<p>Since the start of the program; renewed every 15 seconds. For programs: /api/v1/status, /metrics, /healthz."
      "</p></body></html>\n";
  return out;
}

}  // namespace larder::node
