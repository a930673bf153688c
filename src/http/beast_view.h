// Boost's string_view as the standard's.
#pragma once

#include <boost/beast/core/string_type.hpp>
#include <string_view>

namespace larder::http {

inline std::string_view to_view(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace larder::http
