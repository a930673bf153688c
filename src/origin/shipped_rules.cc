#include "origin/shipped_rules.h"

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

/// Its files are named by content or version, never change, and lie under the same path on every host.
ContentRule immutable(ContentRule rule) {
  rule.shared_name = true;
  rule.fresh = hours(24);
  return rule;
}

/// Hosts as Microsoft's list of Delivery Optimization endpoints names them (state of July 2025, and of June 2026 for
/// the HTTPS hosts). A pattern also covers the name itself, so the list's single names below one are left out.
std::vector<ContentRule> microsoft() {
  std::vector<ContentRule> rules;
  // Windows Update, Defender, drivers, Store, Edge.
  rules.push_back(immutable(microsoft_rule("windows-update", {
                                                                 "*.download.windowsupdate.com",
                                                                 "*.au.download.windowsupdate.com",
                                                                 "*.b1.download.windowsupdate.com",
                                                                 "*.au.b1.download.windowsupdate.com",
                                                                 "*.dl.delivery.mp.microsoft.com",
                                                                 "*.tlu.dl.delivery.mp.microsoft.com",
                                                                 "*.delivery.mp.microsoft.com",
                                                                 "*.emdl.ws.microsoft.com",
                                                             })));
  // Lists of trusted certificates change under the same name, so the origin says how long they are fresh.
  rules.push_back(microsoft_rule("certificate-trust-lists", {"*.ctldl.windowsupdate.com"}));
  // Microsoft 365 Apps: beside the versions' files there is an index that changes with every release.
  rules.push_back(microsoft_rule("office", {
                                               "*.officecdn.microsoft.com",
                                               "*.officecdn.microsoft.com.edgesuite.net",
                                               "*.cdn.office.net",
                                               "fg.tscdn.m365.static.microsoft",
                                           }));
  rules.push_back(microsoft_rule("outlook", {"*.res.cdn.office.net"}));
  rules.push_back(microsoft_rule("teams", {
                                              "*.statics.teams.cdn.office.net",
                                              "sf.teams.static.microsoft",
                                              "installer.teams.static.microsoft",
                                          }));
  // Win32 apps: swda01.manage.microsoft.com to swdd02-mscdn.manage.microsoft.com.
  rules.push_back(microsoft_rule("intune", {"*.manage.microsoft.com"}));
  rules.push_back(immutable(microsoft_rule("xbox", {
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
                                                   })));
  rules.push_back(microsoft_rule("device-update", {"*.dl.adu.microsoft.com", "*.dcsfe.prod.adu.microsoft.com"}));
  return rules;
}

}  // namespace

std::optional<std::vector<ContentRule>> shipped_rules(std::string_view set_name) {
  if (set_name == "microsoft") return microsoft();
  return std::nullopt;
}

std::vector<std::string_view> shipped_rule_names() { return {"microsoft"}; }

}  // namespace larder::origin
