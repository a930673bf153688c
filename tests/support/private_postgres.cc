#include "support/private_postgres.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "support/program.h"

namespace larder::support {

PrivatePostgres::PrivatePostgres() {
  const auto state = boost::json::parse(run("start", "fast"));
  const std::string_view url = state.at("url").as_string();
  url_ = url.substr(0, url.rfind('/') + 1);
}

PrivatePostgres::~PrivatePostgres() {
  try {
    run("stop", "fast");
  } catch (const std::exception& error) {  // it goes with this program anyway
    std::fprintf(stderr, "PostgreSQL does not stop: %s\n", error.what());
  }
}

PrivatePostgres& PrivatePostgres::shared() {
  static PrivatePostgres server;
  return server;
}

std::string PrivatePostgres::create_database() {
  const std::string name = "test_" + std::to_string(++databases_);
  const std::unique_ptr<::PGconn, decltype(&::PQfinish)> connection(::PQconnectdb((url_ + "postgres").c_str()),
                                                                    &::PQfinish);
  const std::string sql = "CREATE DATABASE " + name + " TEMPLATE template0";
  const std::unique_ptr<::PGresult, decltype(&::PQclear)> result(::PQexec(connection.get(), sql.c_str()), &::PQclear);
  if (::PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw std::runtime_error(::PQerrorMessage(connection.get()));
  return url_ + name;
}

void PrivatePostgres::restart(std::string_view mode) { run("restart", mode); }
void PrivatePostgres::pause(std::string_view mode) { run("pause", mode); }
void PrivatePostgres::resume() { run("resume", "fast"); }

std::string PrivatePostgres::run(std::string_view what, std::string_view mode) {
  const auto done = run_program({"/usr/bin/python3", LARDER_PRIVATE_POSTGRES, std::string(what), "--folder",
                                 folder_.path(), "--mode", std::string(mode), "--parent", std::to_string(::getpid())});
  if (done.exit_code != 0) throw std::runtime_error(done.output);
  return done.output;
}

}  // namespace larder::support
