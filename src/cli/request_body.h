// RequestBody: a JSON body that remembers which option of the command line each member came from, so that what the
// portal says about "/cidr_blocks/2" is shown beside "--cidr 2.21.234.0/33".
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <concepts>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace larder::cli {

class RequestBody {
 public:
  RequestBody() = default;
  explicit RequestBody(boost::json::object object) : value_(std::move(object)) {}

  /// `origin`: "--cidr", "NAME", "line 7 of blocks.txt".
  RequestBody& set(std::string_view name, boost::json::value value, std::string origin);
  template <std::convertible_to<std::string_view> Text>
  RequestBody& set(std::string_view name, const Text& value, std::string origin) {
    return set(name, boost::json::value(std::string_view(value)), std::move(origin));
  }
  /// A password or code: place() never shows it.
  RequestBody& set_secret(std::string_view name, std::string_view value, std::string origin);
  /// The origin of something deeper, or of one item of a list: note("/cidr_blocks/2", "line 7 of blocks.txt").
  RequestBody& note(std::string pointer, std::string origin);

  /// Its members come from a file, which calls them as the portal does.
  RequestBody& of_file() {
    is_of_file_ = true;
    return *this;
  }
  bool is_of_file() const { return is_of_file_; }

  bool empty() const { return object().empty(); }
  const boost::json::object& object() const { return value_.get_object(); }

  /// "--cidr 2.21.234.0/33" of "/cidr_blocks/2", "--sort" of the query parameter "?sort"; the pointer itself if nobody
  /// knows where it came from.
  std::string place(std::string_view pointer) const;

 private:
  boost::json::value value_ = boost::json::object();
  std::map<std::string, std::string, std::less<>> origins_;  // by pointer
  std::set<std::string, std::less<>> secrets_;               // pointers
  bool is_of_file_ = false;
};

}  // namespace larder::cli
