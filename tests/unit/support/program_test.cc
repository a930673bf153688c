#include "support/program.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "support/eventually.h"
#include "support/temp_dir.h"

namespace larder::support {
namespace {

TEST(Program, GivesExitCodeAndOutput) {
  const ProgramResult result = run_program({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "out\nerr\n");
}

TEST(Program, ThatIsNotThereFails) { EXPECT_EQ(run_program({"/no/such/program"}).exit_code, 127); }

TEST(Program, ObeysSignals) {
  const TempDir folder;
  Program program({"/bin/sh", "-c", "trap 'kill $!; exit 5' TERM; sleep 600 & echo ready; wait"}, folder / "output");
  ASSERT_TRUE(eventually([&] { return program.output().starts_with("ready"); }));
  EXPECT_TRUE(program.is_running());
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 5);
  EXPECT_FALSE(program.is_running());
}

TEST(Program, EndsWithItsObject) {
  const TempDir folder;
  pid_t id = 0;
  {
    const Program program({"/bin/cat", "/dev/zero"}, "/dev/null");
    id = program.id();
  }
  EXPECT_EQ(::kill(id, 0), -1);
}

}  // namespace
}  // namespace larder::support
