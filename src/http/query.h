// Query: the pieces of "a=b&c&d=", in order, as views; nothing is decoded.
#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

namespace larder::http {

struct QueryPiece {
  std::string_view text;   // the whole piece: "a=b"
  std::string_view name;   // up to the first "="
  std::string_view value;  // after it; empty if there is none
};

// `for (const QueryPiece& piece : Query(text))`; "a&&b" has an empty piece, "" has none.
class Query {
 public:
  class Iterator {
   public:
    using value_type = QueryPiece;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    Iterator() = default;
    explicit Iterator(std::string_view text);

    const QueryPiece& operator*() const { return piece_; }
    const QueryPiece* operator->() const { return &piece_; }
    Iterator& operator++();
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    void take();

    std::string_view rest_;
    bool last_ = true;
    const char* at_ = nullptr;  // of the current piece; nullptr past the last one
    QueryPiece piece_;
  };

  /// `text` is what follows the "?".
  explicit Query(std::string_view text) : text_(text) {}
  Iterator begin() const { return text_.empty() ? Iterator() : Iterator(text_); }
  Iterator end() const { return {}; }

 private:
  std::string_view text_;
};

}  // namespace larder::http
