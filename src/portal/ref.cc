#include "portal/ref.h"

namespace larder::portal {

boost::json::object to_json(const Ref& ref) { return {{"id", ref.id}, {"name", ref.name}}; }

}  // namespace larder::portal
