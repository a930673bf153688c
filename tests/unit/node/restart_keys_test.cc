#include "node/restart_keys.h"

#include <gtest/gtest.h>

namespace larder::node {
namespace {

using Keys = std::vector<std::string>;

TEST(RestartKeys, AreThoseThatDiffer) {
  const std::string_view running = "[listen]\nhttp = [\"0.0.0.0:80\"]\n[[drive]]\npath = \"/a\"\nsize = \"1GiB\"\n";
  EXPECT_EQ(keys_for_restart(running, running), Keys());
  EXPECT_EQ(keys_for_restart(running,
                             "# the same, otherwise\n[[drive]]\nsize = \"1GiB\"\npath = '/a'\n[listen]\n"
                             "http = [ \"0.0.0.0:80\" ]\n"),
            Keys());
  EXPECT_EQ(keys_for_restart(running,
                             "[listen]\nhttp = [\"0.0.0.0:81\"]\n[[drive]]\npath = \"/a\"\nsize = \"2GiB\"\n"
                             "[[drive]]\npath = \"/b\"\n"),
            (Keys{"drive[0].size", "drive[1].path", "listen.http"}));
  EXPECT_EQ(keys_for_restart(running, "[listen]\nhttp = [\"0.0.0.0:80\"]\n"), (Keys{"drive[0].path", "drive[0].size"}));
}

TEST(RestartKeys, AreNotThoseThatAReloadTakesOver) {
  EXPECT_EQ(keys_for_restart("",
                             "[limits]\negress = \"1Gbps\"\nconnections_per_client = 3\nfill_memory = \"1GiB\"\n"
                             "[origin]\nrules = []\nresolve = { \"a.example\" = \"192.0.2.1\" }\nretries = 2\n"
                             "[[origin.rule]]\nname = \"x\"\n"),
            (Keys{"limits.fill_memory", "origin.retries"}));
}

TEST(RestartKeys, OfWhatIsNoTomlThereAreNone) { EXPECT_EQ(keys_for_restart("", "[["), Keys()); }

}  // namespace
}  // namespace larder::node
