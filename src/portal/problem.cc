#include "portal/problem.h"

namespace larder::portal {
namespace {

constexpr int kFullRetry_s = 60;

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
  if (!pointers_.insert(pointer).second) return;
  list_.push_back({std::move(pointer), std::move(detail), std::move(suggestion)});
}

Result<> FieldProblems::verdict() const {
  if (list_.empty()) return {};
  Problem problem(ProblemKind::kInvalid,
                  list_.size() == 1 ? list_[0].detail : fmt::format("{} fields are wrong", list_.size()));
  problem.fields = list_;
  return std::unexpected(std::move(problem));
}

}  // namespace larder::portal
