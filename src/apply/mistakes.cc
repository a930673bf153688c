#include "apply/mistakes.h"

#include <fmt/format.h>

#include <utility>

namespace larder::apply {

void Mistakes::add(std::size_t line, std::string key, std::string text) {
  if (list_.size() == kMost) {
    are_more_ = true;
  } else {
    list_.emplace_back(line, std::move(key), std::move(text));
  }
}

std::string to_string(const Mistake& mistake, std::string_view file) {
  return fmt::format("{} line {}: {}{}{}", file, mistake.line, mistake.key, mistake.key.empty() ? "" : ": ",
                     mistake.text);
}

}  // namespace larder::apply
