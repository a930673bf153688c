// What a node answers over its control socket, as text for people. Members that are missing, as those of another
// version may be, are shown as "-".
//
// Threads    pure functions.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

namespace larder::node {

std::string show_status(const boost::json::object& status);
std::string show_drives(const boost::json::object& answer);
std::string show_inspection(const boost::json::object& answer);
std::string show_reload(const boost::json::object& answer);
std::string show_drain(const boost::json::object& answer);
std::string show_purge(bool hard);
/// Why it is not all that was asked for; "": it is.
std::string what_a_purge_lacks(const boost::json::object& answer);
std::string show_scrub(const boost::json::object& answer);

/// "2 d 4 h" of seconds.
std::string time_text(std::int64_t seconds);

}  // namespace larder::node
