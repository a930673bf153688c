#include "support/content.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace larder::support {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

// Spreads neighbouring seeds over all 64 bits, so that two objects are not one object shifted.
std::uint64_t key_of(std::uint64_t seed) {
  seed += 0x9E3779B97F4A7C15;
  seed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9;
  seed = (seed ^ (seed >> 27)) * 0x94D049BB133111EB;
  return seed ^ (seed >> 31);
}

inline std::uint64_t word_at(std::uint64_t key, std::uint64_t index) {
  std::uint64_t word = (index + key) * 0x9E3779B97F4A7C15;
  word = (word ^ (word >> 32)) * 0xD6E8FEB86659FD93;
  return word ^ (word >> 32);
}

std::array<std::byte, kWord> bytes_at(std::uint64_t key, std::uint64_t index) {
  std::array<std::byte, kWord> bytes{};
  const std::uint64_t word = word_at(key, index);
  std::memcpy(bytes.data(), &word, kWord);
  return bytes;
}

// How many of `size` bytes lie before the next word boundary.
std::size_t bytes_to_boundary(std::uint64_t offset, std::size_t size) {
  return std::min<std::size_t>(size, (kWord - offset % kWord) % kWord);
}

}  // namespace

void fill(std::span<std::byte> into, std::uint64_t seed, std::uint64_t offset) {
  const std::uint64_t key = key_of(seed);
  const std::size_t lead = bytes_to_boundary(offset, into.size());
  if (lead > 0) std::memcpy(into.data(), bytes_at(key, offset / kWord).data() + offset % kWord, lead);

  std::byte* next = into.data() + lead;
  std::uint64_t index = (offset + lead) / kWord;
  const std::size_t words = (into.size() - lead) / kWord;
  for (const std::uint64_t end = index + words; index < end; ++index, next += kWord) {
    const std::uint64_t word = word_at(key, index);
    std::memcpy(next, &word, kWord);
  }
  const std::size_t rest = (into.size() - lead) % kWord;
  if (rest > 0) std::memcpy(next, bytes_at(key, index).data(), rest);
}

std::optional<std::uint64_t> verify(std::span<const std::byte> bytes, std::uint64_t seed, std::uint64_t offset) {
  const std::uint64_t key = key_of(seed);
  const auto byte_at = [key](std::uint64_t at) { return bytes_at(key, at / kWord)[at % kWord]; };
  const auto first_wrong = [&](std::size_t begin, std::size_t end) -> std::optional<std::uint64_t> {
    for (std::size_t i = begin; i < end; ++i) {
      if (bytes[i] != byte_at(offset + i)) return offset + i;
    }
    return std::nullopt;
  };

  std::size_t at = bytes_to_boundary(offset, bytes.size());
  if (const auto wrong = first_wrong(0, at)) return wrong;
  for (; at + kWord <= bytes.size(); at += kWord) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, kWord);
    if (word != word_at(key, (offset + at) / kWord)) return first_wrong(at, at + kWord);
  }
  return first_wrong(at, bytes.size());
}

}  // namespace larder::support
