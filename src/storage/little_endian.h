// Fixed-width little-endian numbers in a block of bytes: how everything in storage/ is written to disk.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/check.h"

namespace larder::storage {

class LittleEndianWriter {
 public:
  explicit LittleEndianWriter(std::span<std::byte> into) : rest_(into) {}

  template <std::unsigned_integral Number>
  LittleEndianWriter& put(Number value) {
    CHECK(rest_.size() >= sizeof value, "a block is too small for its fields");
    for (std::size_t i = 0; i < sizeof value; ++i) rest_[i] = static_cast<std::byte>(value >> (8 * i));
    rest_ = rest_.subspan(sizeof value);
    return *this;
  }
  LittleEndianWriter& put(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) put(static_cast<std::uint8_t>(byte));
    return *this;
  }
  LittleEndianWriter& zeros(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) put(std::uint8_t{0});
    return *this;
  }

 private:
  std::span<std::byte> rest_;
};

class LittleEndianReader {
 public:
  explicit LittleEndianReader(std::span<const std::byte> from) : rest_(from) {}

  template <std::unsigned_integral Number>
  Number take() {
    CHECK(rest_.size() >= sizeof(Number), "a block is too small for its fields");
    Number value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) value |= static_cast<Number>(Number(rest_[i]) << (8 * i));
    rest_ = rest_.subspan(sizeof value);
    return value;
  }
  std::span<const std::byte> take_bytes(std::size_t count) {
    CHECK(rest_.size() >= count, "a block is too small for its fields");
    const auto bytes = rest_.first(count);
    rest_ = rest_.subspan(count);
    return bytes;
  }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace larder::storage
