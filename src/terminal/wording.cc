#include "terminal/wording.h"

namespace larder::terminal {

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  const std::size_t start = number < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > start + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string short_time(const std::string& time) {
  if (time.size() < 16 || time[10] != 'T') return time;
  return time.substr(0, 10) + " " + time.substr(11, 5);
}

}  // namespace larder::terminal
