#include "identity/principal.h"

#include <array>
#include <utility>

namespace larder::identity {
namespace {

constexpr std::array<std::pair<std::string_view, Role>, 3> kRoles = {
    {{"viewer", Role::kViewer}, {"operator", Role::kOperator}, {"owner", Role::kOwner}}};
constexpr std::array<std::pair<std::string_view, Scope>, 5> kScopes = {{{"read", Scope::kRead},
                                                                        {"keys", Scope::kKeys},
                                                                        {"write", Scope::kWrite},
                                                                        {"manage", Scope::kManage},
                                                                        {"admin", Scope::kAdmin}}};

template <class Table, class Word>
std::string_view word_of(const Table& table, Word value) {
  for (const auto& [word, meaning] : table) {
    if (meaning == value) return word;
  }
  return "";
}

}  // namespace

std::string_view to_string(Role role) { return word_of(kRoles, role); }
std::string_view to_string(Scope scope) { return word_of(kScopes, scope); }

larder::Result<Role> parse_role(std::string_view text) {
  for (const auto& [word, role] : kRoles) {
    if (word == text) return role;
  }
  return fail(Errc::kInvalid, "'{}' is no role: viewer, operator or owner", text);
}

larder::Result<Scope> parse_scope(std::string_view text) {
  for (const auto& [word, scope] : kScopes) {
    if (word == text) return scope;
  }
  return fail(Errc::kInvalid, "'{}' is no scope: read, keys, write, manage or admin", text);
}

std::optional<Role> Principal::role_in(std::string_view organisation_id) const {
  if (admin) return Role::kOwner;
  const auto found = roles.find(organisation_id);
  return found == roles.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace larder::identity
