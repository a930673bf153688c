#include "origin/shipped_rules.h"

#include <initializer_list>
#include <utility>

#include "core/check.h"
#include "origin/path_pattern.h"

namespace larder::origin {
namespace {

using std::chrono::hours;

ContentRule microsoft_rule(std::string name, std::vector<std::string> hosts) {
  ContentRule rule;
  rule.name = std::move(name);
  rule.hosts = std::move(hosts);
  rule.query_in_key = false;     // P1 to P4 are expiry and signature: they differ for each client
  rule.honour_no_store = false;  // a Vary of the CDN keeps Intune's files out of caches otherwise
  return rule;
}

std::vector<PathPattern> paths(std::initializer_list<std::string_view> texts) {
  std::vector<PathPattern> patterns;
  for (const std::string_view text : texts) {
    auto pattern = parse_path_pattern(text);
    CHECK(pattern.has_value(), "a shipped rule has a path pattern that is none");
    patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

// Hosts are as Microsoft's list of Delivery Optimization endpoints names them (state of July 2025, and of June 2026 for
// the HTTPS hosts). A pattern also covers the name itself, so the list's single names below one are left out. What
// never changes, what does, and how that is known: docs/decisions/0012-content-that-never-changes.md.

/// Windows Update, Defender, drivers, Store, Edge: files lie under the same path on every host.
ContentRule windows_update() {
  ContentRule rule = microsoft_rule("windows-update", {
                                                          "*.download.windowsupdate.com",
                                                          "*.au.download.windowsupdate.com",
                                                          "*.b1.download.windowsupdate.com",
                                                          "*.au.b1.download.windowsupdate.com",
                                                          "*.dl.delivery.mp.microsoft.com",
                                                          "*.tlu.dl.delivery.mp.microsoft.com",
                                                          "*.delivery.mp.microsoft.com",
                                                          "*.emdl.ws.microsoft.com",
                                                      });
  rule.shared_name = true;
  rule.fresh = hours(24);
  rule.immutable = paths({
      "/filestreamingservice/files/*",   // named by a GUID
      "*/msdownload/update/software/*",  // these have the file's SHA-1 in its name
      "*/msdownload/update/driver/*",
      "*/msdownload/update/others/*",
      "*/msdownload/update/v3-19990518/cabpool/*",
      "*/upgr/*",
      "*/Upgr/*",
  });
  rule.changing = paths({
      "*/wsusscn2.cab",                  // the list of all updates, for scans without a network
      "/msdownload/update/v3/static/*",  // lists of trusted certificates
      "*/redir/*",                       // where the update service is
      "*/selfupdate/*",                  // which version of the update agent is the latest
  });
  return rule;
}

/// Lists of trusted certificates change under the same name, so the origin says how long they are fresh.
ContentRule certificate_trust_lists() {
  return microsoft_rule("certificate-trust-lists", {"*.ctldl.windowsupdate.com"});
}

/// Microsoft 365 Apps: beside the versions' files there is an index that changes with every release.
ContentRule office() {
  ContentRule rule = microsoft_rule("office", {
                                                  "*.officecdn.microsoft.com",
                                                  "*.officecdn.microsoft.com.edgesuite.net",
                                                  "*.cdn.office.net",
                                                  "fg.tscdn.m365.static.microsoft",
                                              });
  rule.immutable = paths({"*/16.*/stream.*.dat"});
  return rule;
}

ContentRule outlook() { return microsoft_rule("outlook", {"*.res.cdn.office.net"}); }

ContentRule teams() {
  return microsoft_rule("teams", {
                                     "*.statics.teams.cdn.office.net",
                                     "sf.teams.static.microsoft",
                                     "installer.teams.static.microsoft",
                                 });
}

/// Win32 apps: swda01.manage.microsoft.com to swdd02-mscdn.manage.microsoft.com.
ContentRule intune() { return microsoft_rule("intune", {"*.manage.microsoft.com"}); }

/// Games of consoles and PCs: packages lie under the same path on every host.
ContentRule xbox() {
  ContentRule rule = microsoft_rule("xbox", {
                                                "*.assets1.xboxlive.com",
                                                "*.assets2.xboxlive.com",
                                                "*.dlassets.xboxlive.com",
                                                "*.dlassets2.xboxlive.com",
                                                "*.d1.xboxlive.com",
                                                "*.d2.xboxlive.com",
                                                "*.assets.xbox.com",
                                                "*.xbl-dlassets-origin.xboxlive.com",
                                                "*.assets-origin.xboxlive.com",
                                                "*.xvcb1.xboxlive.com",
                                                "*.xvcb2.xboxlive.com",
                                                "*.xvcf1.xboxlive.com",
                                                "*.xvcf2.xboxlive.com",
                                                "*.xvc-origin.xboxlive.com",
                                            });
  rule.shared_name = true;
  rule.fresh = hours(24);
  rule.immutable = paths({
      "/filestreamingservice/files/*",
      "/*/*-*-*-*-*/*-*-*-*-*/*.*.*.*.*-*-*-*-*/*",  // "/4/GUID/GUID/1.0.23.1.GUID/package"
  });
  rule.changing = paths({"/public/content/*"});  // pictures and colours of players
  return rule;
}

ContentRule device_update() {
  return microsoft_rule("device-update", {"*.dl.adu.microsoft.com", "*.dcsfe.prod.adu.microsoft.com"});
}

std::vector<ContentRule> microsoft() {
  return {windows_update(), certificate_trust_lists(), office(), outlook(), teams(), intune(), xbox(), device_update()};
}

}  // namespace

std::optional<std::vector<ContentRule>> shipped_rules(std::string_view set_name) {
  if (set_name == "microsoft") return microsoft();
  return std::nullopt;
}

std::vector<std::string_view> shipped_rule_names() { return {"microsoft"}; }

}  // namespace larder::origin
