#include "ledger/problem.h"

namespace larder::ledger {
namespace {

constexpr int kFullRetry_s = 60;
// Of an entry of FieldProblems, in bytes.
constexpr std::size_t kPointerLimit = 300;
constexpr std::size_t kDetailLimit = 1000;
constexpr std::size_t kSuggestionLimit = 4000;

ProblemKind kind_of(Errc code) {
  switch (code) {
    case Errc::kUnavailable:
    case Errc::kTimeout:
    case Errc::kNoSpace: return ProblemKind::kUnavailable;
    case Errc::kNotFound: return ProblemKind::kNotFound;
    case Errc::kConflict: return ProblemKind::kConflict;
    default: return ProblemKind::kInternal;
  }
}

/// Cuts `text` to at most `most` bytes of UTF-8, whole characters, with an ellipsis where it was cut.
void shorten(std::string& text, std::size_t most) {
  if (text.size() <= most) return;
  const auto is_inside = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  while (most > 0 && is_inside(text[most])) --most;
  text.resize(most);
  text.shrink_to_fit();
  text += "\u2026";
}

}  // namespace

Problem::Problem(Error error) : kind(kind_of(error.code)), internal(std::move(error.text)) {
  if (error.code == Errc::kNoSpace) {
    detail =
        "the disk that the portal keeps its database on is full: nothing was changed. Reading goes on, and writing "
        "does once whoever runs the portal has made room there; nothing has to be restarted";
    retry_after_s = kFullRetry_s;
    return;
  }
  switch (kind) {
    case ProblemKind::kUnavailable:
      detail = "the portal cannot reach its database, or it is busy; nothing was changed that you were not told of";
      retry_after_s = 2;
      break;
    case ProblemKind::kInternal: detail = "the portal made a mistake; its log says more"; break;
    case ProblemKind::kConflict: detail = "somebody changed the same thing at the same moment; try again"; break;
    default: detail = internal;
  }
}

void FieldProblems::add(std::string pointer, std::string detail, std::optional<std::string> suggestion) {
  shorten(pointer, kPointerLimit);
  if (pointers_.contains(pointer)) return;
  if (full()) return add_unlisted();
  pointers_.insert(pointer);
  shorten(detail, kDetailLimit);
  if (suggestion && suggestion->size() > kSuggestionLimit) suggestion.reset();
  list_.push_back({std::move(pointer), std::move(detail), std::move(suggestion)});
}

Result<> FieldProblems::verdict() const {
  if (list_.empty()) return {};
  std::string detail = list_.size() == 1 ? list_[0].detail : fmt::format("{} fields are wrong", list_.size());
  if (more_) detail = fmt::format("more than {0} fields are wrong; {0} of them are listed", list_.size());
  Problem problem(ProblemKind::kInvalid, std::move(detail));
  problem.fields = list_;
  if (more_) problem.members["more_errors"] = true;
  return std::unexpected(std::move(problem));
}

}  // namespace larder::ledger
