#include "database/postgres_server.h"

namespace larder::database {

Result<std::unique_ptr<PostgresConnection>> PostgresServer::connect() {
  auto connection = PostgresConnection::connect(url_, patience_);
  if (!connection) {
    note_lost(connection.error().text);
  } else if (lost_.exchange(false)) {
    log_.write(Level::kInfo, "database found again", [&](JsonLine& line) { line.add("database", url_.name); });
  }
  return connection;
}

void PostgresServer::note_lost(std::string_view why) {
  if (lost_.exchange(true)) return;
  log_.write(Level::kWarning, "database lost", [&](JsonLine& line) {
    line.add("database", url_.name);
    line.add("reason", why);
  });
}

}  // namespace larder::database
