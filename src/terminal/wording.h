// How numbers and times are written for people.
#pragma once

#include <cstdint>
#include <string>

namespace larder::terminal {

/// 12345678 as "12,345,678".
std::string grouped(std::int64_t number);

/// "2026-11-21 04:50" of an RFC 3339 time; other texts as they are.
std::string short_time(const std::string& time);

}  // namespace larder::terminal
