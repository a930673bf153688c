#include "ledger/schema.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "net/address_range.h"
#include "space/block_place.h"
#include "space/ip_rejections.h"
#include "space/ip_space.h"
#include "unit/database/database_test.h"

namespace larder::ledger {
namespace {

using database::Rows;
using database::Transaction;
using database::Value;

struct Table {
  std::string name;
  std::vector<std::string> columns;
  std::vector<Value> values;  // of a row that its constraints let in, beside such rows of the tables before it
};

// The tables that a step makes. Every number is 1 and every text "x", ids too, so that references fit; but where a
// CHECK lists what may stand, it is the first of the list, and JSON is an object.
std::vector<Table> tables_of(std::string_view sql) {
  static const std::regex kTable(R"(CREATE TABLE (\w+) \(\n([^;]*)\n\);)");
  static const std::regex kColumn(R"((?:^|\n)  (\w+) (BIGINT|TEXT)([^\n]*))");
  static const std::regex kChoice(R"(CHECK \(\w+ IN \('(\w+)')");
  static const std::regex kComment("--[^\n]*");
  const std::string text = std::regex_replace(std::string(sql), kComment, "");
  std::vector<Table> tables;
  for (std::sregex_iterator table(text.begin(), text.end(), kTable), end; table != end; ++table) {
    Table& made = tables.emplace_back(Table{(*table)[1], {}, {}});
    const std::string body = (*table)[2];
    for (std::sregex_iterator column(body.begin(), body.end(), kColumn); column != end; ++column) {
      const std::string more = (*column)[3];
      std::smatch choice;
      made.columns.push_back((*column)[1]);
      if ((*column)[2] == "BIGINT") {
        made.values.emplace_back(1);
      } else {
        const bool json = made.columns.back().ends_with("_json");
        made.values.emplace_back(json                                       ? R"({"x":"x"})"
                                 : std::regex_search(more, choice, kChoice) ? choice[1].str()
                                                                            : "x");
      }
    }
  }
  return tables;
}

class SchemaTest : public database::DatabaseTest {
 protected:
  static Rows run(database::Database& database, const std::string& sql, std::vector<Value> values = {}) {
    return database::must(database.write([&](Transaction& t) { return t.run(sql, values); }));
  }

  static void put_row(database::Database& database, const Table& table) {
    std::string places;
    for (std::size_t i = 1; i <= table.columns.size(); ++i) places += (i == 1 ? "$" : ", $") + std::to_string(i);
    run(database, fmt::format("INSERT INTO {} ({}) VALUES ({})", table.name, fmt::join(table.columns, ", "), places),
        table.values);
  }

  static void expect_row(database::Database& database, const Table& table) {
    const Rows rows = run(database, fmt::format("SELECT {} FROM {}", fmt::join(table.columns, ", "), table.name));
    ASSERT_EQ(rows.size(), 1U) << table.name;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const Value expected = table.values[i];
      const bool is_text = std::holds_alternative<std::string>(expected.content());
      EXPECT_EQ(is_text ? Value(rows[0].text(i)) : Value(rows[0].number(i)), expected) << table.name << " " << i;
    }
  }

  /// Everything that the database says of its tables, columns, constraints and indexes.
  static std::vector<std::string> describe(database::Database& database) {
    const Rows rows =
        run(database, database.is_postgres()
                          ? "SELECT 'column ' || table_name || ' ' || column_name || ' ' || data_type || "
                            "' ' || is_nullable || ' ' || COALESCE(column_default, '') AS line "
                            "FROM information_schema.columns WHERE table_schema = 'public' "
                            "UNION SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' "
                            "UNION SELECT 'constraint ' || conrelid::regclass || ' ' || "
                            "pg_get_constraintdef(oid) FROM pg_constraint "
                            "WHERE connamespace = 'public'::regnamespace ORDER BY line"
                          : "SELECT name || ' ' || COALESCE(sql, '') AS line FROM sqlite_master ORDER BY line");
    std::vector<std::string> lines;
    for (const database::Row& row : rows) lines.push_back(row.text(0));
    return lines;
  }

  std::unique_ptr<database::Database> open_another(int number) {
    const std::string url = GetParam() == database::Kind::kPostgres
                                ? support::PrivatePostgres::shared().create_database()
                                : "sqlite:" + (folder_ / ("other" + std::to_string(number)));
    return database::must(database::Database::open(url, database::patient(), database::test_log()));
  }
};
LARDER_ON_BOTH(SchemaTest);

TEST_P(SchemaTest, StepsAreNumberedFromOneWithoutGaps) {
  int version = 0;
  for (const database::Migration& step : migrations()) EXPECT_EQ(step.version, ++version) << step.name;
}

TEST_P(SchemaTest, FromEveryVersionRowsAreKeptAndTheSchemaIsTheOneMadeFromScratch) {
  database::must(database::migrate(*database_, migrations()));
  const auto from_scratch = describe(*database_);
  ASSERT_GT(from_scratch.size(), migrations().size());

  std::vector<Table> tables;
  for (const database::Migration& step : migrations()) {
    SCOPED_TRACE(fmt::format("from version {}", step.version));
    for (Table& table : tables_of(step.sql)) tables.push_back(std::move(table));
    const auto database = open_another(step.version);
    database::must(database::migrate(*database, migrations(), step.version));
    for (const Table& table : tables) put_row(*database, table);

    database::must(database::migrate(*database, migrations()));

    for (const Table& table : tables) expect_row(*database, table);
    EXPECT_EQ(describe(*database), from_scratch);
  }
  EXPECT_EQ(tables.size() + 1,
            static_cast<std::size_t>(run(*database_, GetParam() == database::Kind::kPostgres
                                                         ? "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'"
                                                         : "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'")[0]
                                         .number(0)))
      << "a table got no row in this test";
}

TEST_P(SchemaTest, LabelsOfNodesThatAreThereAreFoundAfterwards) {
  database::must(database::migrate(*database_, migrations(), 5));
  run(*database_,
      "INSERT INTO organisation (id, name, name_key, kind, contact_name, contact_email, contact_phone, version,"
      " created_at, updated_at) VALUES ('o', 'o', 'o', 'isp', '', '', '', 1, 1, 1)");
  run(*database_,
      "INSERT INTO resource (id, organisation_id, name, name_key, notes, version, created_at, updated_at)"
      " VALUES ('r', 'o', 'r', 'r', '', 1, 1, 1)");
  const std::vector<std::string> labels = {"{}", R"({"site":"a\"b","rack":"100%_\\"})",
                                           R"({"site":"\u00e4 \ud83c\udf0a","x":""})"};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    run(*database_,
        "INSERT INTO node (id, organisation_id, resource_id, name, name_key, share_blocks, intent, ring, labels_json,"
        " drives_json, notes, ip_space_state, ipv4_addresses, ipv6_networks, routed_ipv4_addresses,"
        " routed_ipv6_networks, version, created_at, updated_at)"
        " VALUES ($1, 'o', 'r', $1, $1, 0, 'enabled', 'fast', $2, '[]', '', 'valid', 0, 0, 0, 0, 1, 1, 1)",
        {fmt::format("n{}", i), labels[i]});
  }

  database::must(database::migrate(*database_, migrations()));

  std::vector<std::string> found;
  const Rows rows = run(*database_, "SELECT node_id || ' ' || name || ' ' || value FROM node_label ORDER BY 1");
  for (const database::Row& row : rows) found.push_back(row.text(0));
  EXPECT_EQ(found, (std::vector<std::string>{"n1 rack 100%_\\", "n1 site a\"b", "n2 site ä 🌊", "n2 x "}));
}

TEST_P(SchemaTest, AddressesThatNobodyHasProvenAreTakenFromNobodyAfterwards) {
  database::must(database::migrate(*database_, migrations(), 6));
  run(*database_,
      "INSERT INTO organisation (id, name, name_key, kind, contact_name, contact_email, contact_phone, version,"
      " created_at, updated_at) VALUES ('o', 'o', 'o', 'isp', '', '', '', 1, 1, 1), ('p', 'p', 'p', 'isp', '', '', '', "
      "1,"
      " 1, 1)");
  const auto add = [&](const std::string& id, int admin, int vouched) {
    run(*database_,
        "INSERT INTO account (id, email, email_key, name, admin, disabled, totp_enabled, totp_last_step, email_vouched,"
        " version, created_at, updated_at) VALUES ($1, $1, $1, $1, $2, 0, 0, 0, $3, 1, 1, 1)",
        {id, admin, vouched});
  };
  add("vouched@a", 0, 1);
  add("admin@a", 1, 0);
  add("member@a", 0, 0);
  add("alone@a", 0, 0);
  run(*database_,
      "INSERT INTO membership (account_id, organisation_id, role, since) VALUES ('member@a', 'p', 'viewer', 2),"
      " ('vouched@a', 'o', 'owner', 1)");
  run(*database_,
      "INSERT INTO audit (id, at, actor_id, actor_name, via, action, kind, object_id, object_name) VALUES"
      " ('1', 1, NULL, 'vic@a', 'system', 'access-request.create', 'access-request', '', ''),"
      " ('2', 1, 'x', 'ann@a', 'session', 'node.edit', 'node', '', '')");

  database::must(database::migrate(*database_, migrations()));

  std::vector<std::string> found;
  const Rows rows =
      run(*database_,
          "SELECT email_key || ', ' || email_vouched || ', ' || COALESCE(organisation_id, '-') FROM account"
          " ORDER BY email");
  for (const database::Row& row : rows) found.push_back(row.text(0));
  EXPECT_EQ(found, (std::vector<std::string>{"admin@a, 1, -", "alone@a alone@a, 0, -", "member@a p, 0, p",
                                             "vouched@a, 1, -"}));
  const Rows entries = run(*database_, "SELECT actor_name, via, COALESCE(actor_claims, '-') FROM audit ORDER BY id");
  EXPECT_EQ(entries[0].text(0) + entries[0].text(1) + entries[0].text(2), "anonymousnobodyvic@a");
  EXPECT_EQ(entries[1].text(0) + entries[1].text(1) + entries[1].text(2), "ann@asession-");
}

TEST_P(SchemaTest, WhoIsInSeveralOrganisationsWithoutProofHasAnAccountInEachAfterwards) {
  database::must(database::migrate(*database_, migrations(), 6));
  for (const char* organisation : {"o", "p", "q"}) {
    run(*database_,
        "INSERT INTO organisation (id, name, name_key, kind, contact_name, contact_email, contact_phone, version,"
        " created_at, updated_at) VALUES ($1, $1, $1, 'isp', '', '', '', 1, 1, 1)",
        {organisation});
  }
  run(*database_,
      "INSERT INTO account (id, email, email_key, name, password_hash, admin, disabled, totp_secret, totp_enabled,"
      " totp_last_step, email_vouched, version, created_at, updated_at) VALUES"
      " ('m', 'Member@a', 'member@a', 'M', 'hash', 0, 0, 'secret', 1, 5, 0, 1, 1, 1),"
      " ('v', 'vouched@a', 'vouched@a', 'V', 'other', 0, 0, NULL, 0, 0, 1, 1, 1, 1)");
  run(*database_,
      "INSERT INTO membership (account_id, organisation_id, role, since) VALUES ('m', 'p', 'viewer', 2),"
      " ('m', 'o', 'owner', 3), ('m', 'q', 'owner', 4), ('v', 'o', 'owner', 1), ('v', 'p', 'owner', 1)");
  run(*database_, "INSERT INTO recovery_code (account_id, code_hash) VALUES ('m', 'code')");
  for (const char* organisation : {"o", "p"}) {
    run(*database_,
        "INSERT INTO invitation (id, organisation_id, email, role, secret_hash, invited_by_id, invited_by_name,"
        " email_vouched, created_at, expires_at) VALUES ($1, $1, 'x@a', 'viewer', $1, 'm', 'M', 0, 1, 9)",
        {organisation});
  }

  database::must(database::migrate(*database_, migrations()));

  std::vector<std::string> found;
  const Rows rows = run(*database_,
                        "SELECT a.email || ' ' || a.email_key || ' ' || a.password_hash || ' ' || m.organisation_id ||"
                        " ' ' || m.role || ' ' || COALESCE(a.organisation_id, '-') FROM membership m"
                        " JOIN account a ON a.id = m.account_id ORDER BY a.email_key, m.organisation_id");
  for (const database::Row& row : rows) found.push_back(row.text(0));
  EXPECT_EQ(found,
            (std::vector<std::string>{"Member@a member@a o hash o owner o", "Member@a member@a p hash p viewer p",
                                      "Member@a member@a q hash q owner q", "vouched@a vouched@a other o owner -",
                                      "vouched@a vouched@a other p owner -"}))
      << "an organisation's account is a member of nothing else";
  EXPECT_EQ(run(*database_, "SELECT id FROM account WHERE email_key = 'member@a p'")[0].text(0), "m");
  EXPECT_EQ(run(*database_,
                "SELECT COUNT(*) FROM recovery_code r JOIN account a ON a.id = r.account_id"
                " WHERE a.totp_secret = 'secret' AND a.totp_last_step = 5")[0]
                .number(0),
            3);
  EXPECT_EQ(run(*database_,
                "SELECT COUNT(*) FROM invitation i JOIN account a ON a.id = i.invited_by_id"
                " WHERE a.organisation_id = i.organisation_id")[0]
                .number(0),
            2)
      << "invitations are by who may invite there";
  EXPECT_EQ(run(*database_,
                "SELECT COUNT(*) FROM ownership a JOIN ownership b ON a.account_id = b.account_id"
                " WHERE a.organisation_id = 'o' AND b.organisation_id = 'q'")[0]
                .number(0),
            3)
      << "they are still of one owner";
}

TEST_P(SchemaTest, OwnersThatOthersMadeAreToldFromThoseWhoTookItOn) {
  database::must(database::migrate(*database_, migrations(), 7));
  run(*database_,
      "INSERT INTO organisation (id, name, name_key, kind, contact_name, contact_email, contact_phone, version,"
      " created_at, updated_at) VALUES ('o', 'o', 'o', 'isp', '', '', '', 1, 1, 1)");
  for (const char* account : {"invited", "promoted", "by-admin", "admin"}) {
    run(*database_,
        "INSERT INTO account (id, email, email_key, name, admin, disabled, totp_enabled, totp_last_step, email_vouched,"
        " version, created_at, updated_at) VALUES ($1, $1, $1, $1, $2, 0, 0, 0, 1, 1, 1, 1)",
        {account, std::string_view(account) == "admin"});
    run(*database_, "INSERT INTO membership (account_id, organisation_id, role, since) VALUES ($1, 'o', 'owner', 1)",
        {account});
  }
  const auto log = [&](const char* actor_id, const char* object) {
    run(*database_,
        "INSERT INTO audit (id, at, organisation_id, actor_id, actor_name, via, action, kind, object_id, object_name,"
        R"( after_json) VALUES ($2, 1, 'o', $1, '', 'session', 'member.edit', 'user', $2, '', '{"role":"owner"}'))",
        {actor_id, object});
  };
  log("invited", "invited");
  log("invited", "promoted");
  log("admin", "by-admin");

  database::must(database::migrate(*database_, migrations()));

  std::string found;
  for (const database::Row& row :
       run(*database_, "SELECT account_id || by_themselves FROM ownership ORDER BY account_id")) {
    found += row.text(0) + " ";
  }
  EXPECT_EQ(found, "admin1 by-admin1 invited1 promoted0 ");
}

TEST_P(SchemaTest, AnIpv6AddressIsNotTakenForTheSiteItIsOf) {
  database::must(database::migrate(*database_, migrations(), 8));
  for (const char* address : {"81.2.69.142", "2a00:1450::1"}) {
    run(*database_,
        "INSERT INTO access_request (id, organisation_name, kind, contact_name, contact_email, contact_phone, message,"
        " state, address, created_at) VALUES ($1, 'o', 'isp', '', '', '', '', 'open', $1, 1)",
        {address});
  }
  database::must(database::migrate(*database_, migrations()));
  const Rows rows = run(*database_, "SELECT site FROM access_request ORDER BY address");
  EXPECT_EQ(rows[0].text(0), "") << "nobody's, rather than one of its own in a /48";
  EXPECT_EQ(rows[1].text(0), "81.2.69.142");
}

TEST_P(SchemaTest, BlocksThatAreRejectedOrWaitAreStillSoAfterwards) {
  database::must(database::migrate(*database_, migrations(), 7));
  run(*database_,
      "INSERT INTO organisation (id, name, name_key, kind, contact_name, contact_email, contact_phone, version,"
      " created_at, updated_at) VALUES ('o', 'o', 'o', 'isp', '', '', '', 1, 1, 1)");
  run(*database_,
      "INSERT INTO resource (id, organisation_id, name, name_key, notes, version, created_at, updated_at)"
      " VALUES ('r', 'o', 'r', 'r', '', 1, 1, 1)");
  for (const char* node : {"n", "m", "w"}) {
    run(*database_,
        "INSERT INTO node (id, organisation_id, resource_id, name, name_key, share_blocks, intent, ring, labels_json,"
        " drives_json, notes, ip_space_state, ip_space_feedback, ipv4_addresses, ipv6_networks, routed_ipv4_addresses,"
        " routed_ipv6_networks, version, created_at, updated_at) VALUES ($1, 'o', 'r', $1, $1, 0, 'enabled', 'fast',"
        " '{}', '[]', '', 'valid', 'not yours', 1000, 72057594037927936, 10, 0, 1, 1, 1)",
        {node});
  }
  const std::vector<std::tuple<std::string, std::string, std::string>> blocks = {
      {"n", "2.16.0.0/13", "rejected"},         {"n", "2a00::/127", "rejected"},   {"n", "9.9.9.9/32", "rejected"},
      {"n", "9.8.0.0/22", "rejected"},          {"m", "2.16.0.0/14", "rejected"},  {"m", "2.17.0.0/16", "rejected"},
      {"m", "2.16.0.0/13", "rejected"},         {"m", "5.5.5.0/24", "in_review"},  {"n", "6.6.6.0/24", "approved"},
      {"m", "2a01::/40", "attention_required"}, {"m", "2a02::1/128", "in_review"}, {"m", "2a03::/56", "in_review"},
      {"w", "2a00::/12", "in_review"}};
  for (const auto& [node, text, state] : blocks) {
    const net::Prefix prefix = *net::parse_prefix(text);
    run(*database_,
        "INSERT INTO ip_block (node_id, place, length, realm, position, state, reasons_json, since)"
        " VALUES ($1, $2, $3, '', 0, $4, '[]', 7)",
        {node, space::place_of(prefix), prefix.length() + (prefix.is_v4() ? 96 : 0), state});
  }

  database::must(database::migrate(*database_, migrations()));

  std::set<std::string> ranges;
  for (const database::Row& row : run(*database_, "SELECT first_address, last_address, feedback FROM ip_rejection")) {
    const net::AddressRange range = {net::number_of(space::prefix_at(row.text(0) + "80").network()),
                                     net::number_of(space::prefix_at(row.text(1) + "80").network())};
    ranges.insert(space::to_string(range) + " " + row.text(2));
  }
  EXPECT_EQ(ranges, (std::set<std::string>{"2.16.0.0/13 not yours", "2a00::/127 not yours", "9.9.9.9/32 not yours",
                                           "9.8.0.0/22 not yours"}));
  std::string rechecks;
  for (const database::Row& row :
       run(*database_, "SELECT node_id || organisation_id || waiting_since FROM ip_recheck ORDER BY node_id")) {
    rechecks += row.text(0) + " ";
  }
  EXPECT_EQ(rechecks, "mo7 wo7 ");
  EXPECT_EQ(run(*database_, "SELECT COUNT(*) FROM ip_block WHERE organisation_id = 'o'")[0].number(0), 13);
  for (const auto& [node, expected] :
       {std::pair("n", std::int64_t{0}), {"m", 256 + 65536 + 2}, {"w", space::kMostClaimed}}) {
    EXPECT_EQ(run(*database_, "SELECT pending_addresses FROM node WHERE id = $1", {node})[0].number(0), expected)
        << "of " << node << ": what waits, and nothing that is decided";
    const auto counted = database_->read([&](Transaction& t) { return space::load_ip_space(t, node); });
    EXPECT_EQ(std::min(counted->pending().total(), space::kMostClaimed), expected) << "as it is counted later";
  }
}

}  // namespace
}  // namespace larder::ledger
