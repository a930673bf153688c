// Mistakes: what is wrong with a file, by line and key.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace larder::apply {

struct Mistake {
  Mistake(std::size_t at_line, std::string at_key, std::string detail)
      : line(at_line), key(std::move(at_key)), text(std::move(detail)) {}

  std::size_t line;  // from 1
  std::string key;   // "resources[0].nodes[2].fqdn"; "" if it is the file as a whole
  std::string text;  // what is wrong, and what would be right
};

class Mistakes {
 public:
  static constexpr std::size_t kMost = 100;

  /// Beyond kMost they are counted only.
  void add(std::size_t line, std::string key, std::string text);
  bool empty() const { return list_.empty(); }
  const std::vector<Mistake>& list() const { return list_; }
  bool are_more() const { return are_more_; }

 private:
  std::vector<Mistake> list_;
  bool are_more_ = false;
};

/// "fleet.yaml line 12: resources[0].nodes[2].fqdn: it must be a text".
std::string to_string(const Mistake& mistake, std::string_view file);

}  // namespace larder::apply
