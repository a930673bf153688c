// Small judgements on texts: letters' case, length; texts for the database.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace larder::ledger {

/// A to Z in lower case; all else as it is: names that differ in this only are one name.
std::string to_lower(std::string_view text);

/// Characters of UTF-8.
std::size_t character_count(std::string_view text);

/// At most `most` bytes of `text`, whatever is not printable ASCII as "?": for what a client says of itself.
std::string printable(std::string_view text, std::size_t most);

/// `text` as part of a URL: everything but letters, digits and "-._~" as %XX.
std::string escaped(std::string_view text);

/// A LIKE pattern for what contains `text`; its special characters are escaped by a backslash.
std::string like_pattern(std::string_view text);
/// A JSON array of texts, for Transaction::list().
std::string json_list(const std::vector<std::string>& texts);

}  // namespace larder::ledger
