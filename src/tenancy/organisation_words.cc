// What organisations are written as in documents.
#include <boost/json/value.hpp>

#include "ledger/time.h"
#include "tenancy/organisations.h"

namespace larder::tenancy {

using ledger::time_to_string;

boost::json::object to_json(const Contact& contact) {
  return {{"name", contact.name}, {"email", contact.email}, {"phone", contact.phone}};
}

boost::json::object to_json(const Organisation& organisation) {
  boost::json::object json = to_json(organisation.ref);
  json["asn"] = organisation.asn ? boost::json::value(*organisation.asn) : boost::json::value(nullptr);
  json["contact"] = to_json(organisation.contact);
  json["node_count"] = organisation.node_count;
  json["created_at"] = time_to_string(organisation.created_at);
  json["updated_at"] = time_to_string(organisation.updated_at);
  return json;
}

}  // namespace larder::tenancy
