// NodeFields: the options that say what a cache node is like, and the body of a request made of them.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "cli/cidr_options.h"
#include "cli/command.h"
#include "cli/context.h"
#include "cli/request_body.h"

namespace larder::cli {

struct NodeFields {
  std::optional<std::string> ipv4;
  std::optional<std::string> ipv6;
  std::optional<std::string> fqdn;
  std::optional<std::string> max_egress;
  std::optional<std::string> proxy;
  std::optional<std::string> ring;
  std::optional<std::string> week;
  std::optional<std::string> day;
  std::optional<std::string> time;
  std::optional<std::string> notes;
  std::string share_blocks;  // "", "yes", "no"
  CidrOptions cidr;
  Words added_blocks;
  Words removed_blocks;
  Words drives;
  Words labels;
  Words removed_labels;

  void add_to(Command command);
  /// Those that only make sense where there is something already.
  void add_edits_to(Command command);
};

/// What the options set. `current`: the node as it is (null on creation): members that are lists or objects are sent
/// whole, so what is not named is taken from it. "none" as a value sends null. Errors: kUsage.
Result<RequestBody> make_node_body(Context& context, const NodeFields& fields, const boost::json::value& current);

}  // namespace larder::cli
