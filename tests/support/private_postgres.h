// PrivatePostgres: a PostgreSQL server of a test program's own (private_postgres.py), gone when the program ends.
//
// Owns       the server.
// Threads    one.
#pragma once

#include <string>
#include <string_view>

#include "support/temp_dir.h"

namespace larder::support {

class PrivatePostgres {
 public:
  /// Throws what went wrong.
  PrivatePostgres();
  ~PrivatePostgres();
  PrivatePostgres(const PrivatePostgres&) = delete;
  PrivatePostgres& operator=(const PrivatePostgres&) = delete;

  /// One for all tests of a program, started by whoever asks first.
  static PrivatePostgres& shared();

  /// The URL of a new, empty database.
  std::string create_database();
  /// "fast" says good-bye to its clients, "immediate" does not.
  void restart(std::string_view mode);
  void pause(std::string_view mode);  // stopped, with its data
  void resume();

 private:
  std::string run(std::string_view what, std::string_view mode);

  TempDir folder_;
  std::string url_;  // up to the name of the database
  int databases_ = 0;
};

}  // namespace larder::support
