// Ref: what a thing is called, where it is only pointed to.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace larder::ledger {

struct Ref {
  std::string id;
  std::string name;
};
boost::json::object to_json(const Ref& ref);

}  // namespace larder::ledger
