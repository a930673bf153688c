// Configuration text through the TOML reader and read_origin_config(): no text brings it down.
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "origin/origin_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace larder;
  const auto toml = parse_toml(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.toml");
  if (!toml) return 0;
  std::vector<ConfigProblem> problems;
  ConfigTable root(&*toml, "", &problems);
  const origin::OriginConfig config = origin::read_origin_config(root.table("origin"));
  CHECK(config.rules != nullptr, "a configuration without rules");
  for (const origin::ContentRule& rule : config.rules->rules()) {
    for (const std::string& host : rule.hosts) {
      const std::string_view name = host.starts_with("*.") ? std::string_view(host).substr(2) : host;
      if (problems.empty()) CHECK(name != "*" && !name.empty(), "a rule for every host");
    }
    for (const std::string_view path : {"/", "/files/a.cab", "/index.json"}) {
      const bool changing = origin::any_matches(rule.changing, path);
      CHECK(!changing || !rule.never_changes(path), "what changes never changes");
      CHECK(!changing || !rule.fresh_for(path), "what changes is fresh because the rule says so");
    }
  }
  return 0;
}
