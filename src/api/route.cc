#include "api/route.h"

namespace larder::api {

std::string_view to_string(Needs needs) {
  switch (needs) {
    case Needs::kNothing: return "public";
    case Needs::kSignedIn: return "signed-in";
    case Needs::kAdmin: return "admin";
    case Needs::kViewer: return "viewer";
    case Needs::kOperator: return "operator";
    case Needs::kOwner: return "owner";
  }
  return "";
}

}  // namespace larder::api
