#include "command_line/man_page.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::command_line {
namespace {

TEST(ManPage, TextIsNotTakenForRequests) {
  const CommandTree tree{"larder", ".so a\\b 'c", {}, {}, {}, {}};
  EXPECT_NE(man_page(tree, {})->find("larder \\- \\&.so a\\eb 'c\n"), std::string::npos) << *man_page(tree, {});
}

}  // namespace
}  // namespace larder::command_line
