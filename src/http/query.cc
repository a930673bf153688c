#include "http/query.h"

namespace larder::http {

Query::Iterator::Iterator(std::string_view text) : rest_(text), last_(false) { take(); }

Query::Iterator& Query::Iterator::operator++() {
  take();
  return *this;
}

void Query::Iterator::take() {
  if (last_) {
    at_ = nullptr;
    return;
  }
  const auto end = rest_.find('&');
  piece_.text = rest_.substr(0, end);
  const auto equals = piece_.text.find('=');
  piece_.name = piece_.text.substr(0, equals);
  piece_.value = equals == std::string_view::npos ? std::string_view() : piece_.text.substr(equals + 1);
  at_ = piece_.text.data();
  last_ = end == std::string_view::npos;
  if (!last_) rest_.remove_prefix(end + 1);
}

}  // namespace larder::http
