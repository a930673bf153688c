// Plan: what has to be done so that an organisation has what a file wants, step by step. A step is one request.
//
// What gives addresses back comes before what gets them: nodes that are deleted, then changed nodes whose blocks or
// addresses another one is to have, which give them up in a step of their own. Resources are deleted last.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apply/difference.h"
#include "apply/fleet.h"
#include "apply/mistakes.h"
#include "apply/present.h"

namespace larder::apply {

enum class Action { kCreate, kChange, kDelete };
std::string_view to_string(Action action);  // "create"

struct Step {
  Action action = Action::kCreate;
  bool is_node = false;  // else it is a resource
  std::string resource;  // its name, or that of the node's
  std::string node;      // "" of a resource
  std::string id;        // "" of what is created
  std::string resource_id;
  std::string etag;         // of the version that the step was made from; "" of what is created
  bool gives_back = false;  // for another node
  std::vector<Change> changes;
  boost::json::object body;  // of the request
  Places places;             // of what is in it, in the file

  /// "node north/seattle-1", "resource north".
  std::string target() const;
};

struct Plan {
  std::vector<Step> steps;
  std::vector<std::string> left_alone;  // targets that the file does not have
  Mistakes mistakes;                    // of the file, seen beside what is there; with any the plan is not to be used

  std::size_t count(Action action) const;
};

/// `prune`: what the file does not have is deleted. A node of a resource whose nodes the file does not mention is
/// neither deleted nor left alone.
Plan make_plan(const Fleet& wanted, const Present& present, bool prune);

/// What somebody did between two looks, as steps.
std::vector<Step> changes_between(const Present& then, const Present& now);

/// Whether `plan` may be carried out although there were `changes` since it was shown, and it would be `again` now: it
/// is the same, and nothing that it touches was changed.
bool still_holds(const Plan& plan, const Plan& again, const std::vector<Step>& changes);

}  // namespace larder::apply
