// A file as `larder apply` is given it: what is taken comes back from what is written of it, and needs no step where it
// is there already; what is not taken is told with a line.
#include <cstdint>
#include <string_view>

#include "apply/fleet_file.h"
#include "apply/plan.h"
#include "apply/plan_view.h"
#include "apply/present.h"
#include "apply/yaml_writer.h"
#include "core/check.h"

namespace {

using namespace larder::apply;

// As if it had been applied.
Present present_of(const Fleet& fleet) {
  Present present;
  for (const WantedResource& resource : fleet.resources) {
    PresentResource& there = present.resources.emplace_back();
    there.id = there.name = resource.name;
    there.notes = resource.notes.value_or("");
    if (!resource.nodes) continue;
    for (const WantedNode& node : *resource.nodes) there.nodes.push_back({node.name, node.name, "", node.settings});
  }
  return present;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto fleet = read_fleet(text);
  if (!fleet) {
    CHECK(!fleet.error().empty(), "a file that is refused has a mistake");
    for (const Mistake& mistake : fleet.error().list()) {
      CHECK(mistake.line >= 1 && !mistake.text.empty(), "a mistake says where it is and what it is");
    }
    return 0;
  }
  const auto again = read_fleet(yaml_text(to_json(*fleet)));
  CHECK(again && to_json(*again) == to_json(*fleet), "what is written is read as the same");
  CHECK(make_plan(*fleet, present_of(*fleet), true).steps.empty(), "what is there needs no step");
  const Plan plan = make_plan(*fleet, Present(), false);
  CHECK(plan.steps.size() >= fleet->resources.size(), "what is not there is created");
  (void)plan_table(plan.steps).to_string({});
  return 0;
}
