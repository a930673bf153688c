// Field, FieldList: the header lines of a request or response, as views into the bytes they were read from.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace larder::http {

/// Whether two names or tokens are the same but for the case of ASCII letters.
bool equal_names(std::string_view a, std::string_view b);

struct Field {
  std::string_view name;   // as written
  std::string_view value;  // without the blanks around it
};

class FieldList {
 public:
  static constexpr std::size_t kLimit = 100;

  void add(std::string_view name, std::string_view value) { fields_.push_back({name, value}); }

  /// The value of the first field called `name`, whatever its case.
  std::optional<std::string_view> find(std::string_view name) const;
  std::optional<std::string_view> last(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  /// The values of all fields called `name`, of one that is a list (RFC 9110 5.3); empty if there is none.
  std::string joined(std::string_view name) const;
  /// Whether any field called `name` has `token` in its comma-separated list.
  bool has_token(std::string_view name, std::string_view token) const;

  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  boost::container::small_vector<Field, 16> fields_;  // more are seldom; then it allocates
};

}  // namespace larder::http
