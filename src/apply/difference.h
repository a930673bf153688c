// What is different between the settings that are there and those that are wanted, member by member.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

namespace larder::apply {

// One member that differs. Of a list it is said what is added and what is removed.
struct Change {
  std::string field;  // "notes", "labels.site"
  bool is_list = false;
  boost::json::value from;
  boost::json::value to;
  boost::json::array added;
  boost::json::array removed;

  friend bool operator==(const Change&, const Change&) = default;
};

/// The items of `list` that `other` does not have.
boost::json::array without(const boost::json::array& list, const boost::json::array& other);

/// Of the members that `wanted` has. The order of a list does not count; members of an object within are told one by
/// one.
std::vector<Change> differences(const boost::json::object& present, const boost::json::object& wanted);

}  // namespace larder::apply
