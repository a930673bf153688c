// How a plan is shown: to people as lines, to programs as JSON.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "apply/plan.h"
#include "terminal/table.h"

namespace larder::apply {

/// "~ node north/seattle-1", and a line for each change: old -> new, of lists what is added and removed.
terminal::Table plan_table(const std::vector<Step>& steps);

/// What the file does not have, if it is not deleted; empty if there is nothing.
terminal::Table left_alone_table(const Plan& plan);

/// "~ node north/seattle-1".
std::string headline(const Step& step);

/// "Plan: 2 to create, 1 to change, 0 to delete."
std::string summary(const Plan& plan);

/// "create node north/seattle-1", and the changes of a change on the same line.
std::string sentence(const Step& step);

boost::json::object to_json(const Step& step);

}  // namespace larder::apply
