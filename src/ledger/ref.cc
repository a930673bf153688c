#include "ledger/ref.h"

namespace larder::ledger {

boost::json::object to_json(const Ref& ref) { return {{"id", ref.id}, {"name", ref.name}}; }

}  // namespace larder::ledger
