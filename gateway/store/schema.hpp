/// The tables of both engines, as numbered migrations, each with its way back. Once released a
/// migration is never edited.
///
/// Two versions of Liaison run over one database while a cluster is upgraded node by node. So each
/// migration says whether gateways that know only the version before may go on over its tables:
/// they may when it adds what they need not know (an index, a table, a column with a default), and
/// not when it renames, removes (an index too, if a statement for SQLite names it) or gives another
/// meaning. A change that needs the latter comes in two releases: first add and write both, then
/// remove.
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace gateway::sql {
/// What gateways of the version before may do while the tables are of this one.
enum class earlier { go_on, must_stop };
struct way {
    char const* up;
    char const* down;  ///< nullptr: the first version, from which nothing leads back
};
struct migration {
    way sqlite, postgresql;
    earlier gateways;
};
/// Version n of the tables is what the first n migrations make.
using schema = std::span<migration const>;

inline constexpr migration first_tables{
    {R"sql(
CREATE TABLE submission(
  id TEXT PRIMARY KEY, emitter TEXT NOT NULL, channel TEXT NOT NULL, received_at INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL, request_digest TEXT NOT NULL, return_path TEXT NOT NULL,
  body TEXT NOT NULL, UNIQUE(emitter, idempotency_key));
CREATE TABLE document(
  submission TEXT NOT NULL REFERENCES submission(id), n INTEGER NOT NULL, unique_id TEXT NOT NULL, set_id TEXT NOT NULL,
  version TEXT NOT NULL, type_code TEXT NOT NULL, title TEXT NOT NULL, sha256 TEXT NOT NULL, ins_status TEXT NOT NULL,
  size INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY(submission, n));
CREATE TABLE delivery(
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, submission TEXT NOT NULL REFERENCES submission(id), kind TEXT NOT NULL,
  address TEXT NOT NULL, order_key TEXT NOT NULL, state TEXT NOT NULL, fixed TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
  next_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, holder TEXT NOT NULL DEFAULT '', lease_until INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX delivery_due ON delivery(next_at) WHERE state IN ('queued','deferred','leased');
CREATE INDEX delivery_order ON delivery(order_key, seq) WHERE state IN ('queued','deferred','leased');
CREATE INDEX delivery_submission ON delivery(submission);
CREATE TABLE attempt(delivery TEXT NOT NULL, at INTEGER NOT NULL, outcome TEXT NOT NULL, peer TEXT NOT NULL);
CREATE INDEX attempt_delivery ON attempt(delivery);
CREATE TABLE receipt(delivery TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, detail TEXT NOT NULL);
CREATE INDEX receipt_delivery ON receipt(delivery);
CREATE TABLE notice(delivery TEXT PRIMARY KEY, submission TEXT NOT NULL, next_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0);
CREATE TABLE ledger(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, actor TEXT NOT NULL, fields TEXT NOT NULL,
  previous TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE ledger_head(one INTEGER PRIMARY KEY CHECK(one=1), seq INTEGER NOT NULL, hash TEXT NOT NULL, seal TEXT NOT NULL);
)sql",
     nullptr},
    // Contents are sealed, so that compressing them is in vain: STORAGE EXTERNAL.
    {R"sql(
CREATE TABLE submission(
  id TEXT PRIMARY KEY, emitter TEXT NOT NULL, channel TEXT NOT NULL, received_at BIGINT NOT NULL,
  idempotency_key TEXT NOT NULL, request_digest TEXT NOT NULL, return_path TEXT NOT NULL,
  body TEXT NOT NULL, UNIQUE(emitter, idempotency_key));
CREATE TABLE document(
  submission TEXT NOT NULL REFERENCES submission(id), n BIGINT NOT NULL, unique_id TEXT NOT NULL, set_id TEXT NOT NULL,
  version TEXT NOT NULL, type_code TEXT NOT NULL, title TEXT NOT NULL, sha256 TEXT NOT NULL, ins_status TEXT NOT NULL,
  size BIGINT NOT NULL, content BYTEA NOT NULL, PRIMARY KEY(submission, n));
CREATE TABLE delivery(
  seq BIGSERIAL PRIMARY KEY, id TEXT NOT NULL UNIQUE, submission TEXT NOT NULL REFERENCES submission(id), kind TEXT NOT NULL,
  address TEXT NOT NULL, order_key TEXT NOT NULL, state TEXT NOT NULL, fixed TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
  next_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, holder TEXT NOT NULL DEFAULT '', lease_until BIGINT NOT NULL DEFAULT 0,
  fence BIGINT NOT NULL DEFAULT 0, attempts BIGINT NOT NULL DEFAULT 0);
CREATE INDEX delivery_due ON delivery(next_at) WHERE state IN ('queued','deferred','leased');
CREATE INDEX delivery_order ON delivery(order_key, seq) WHERE state IN ('queued','deferred','leased');
CREATE INDEX delivery_submission ON delivery(submission);
CREATE TABLE attempt(rowid BIGSERIAL PRIMARY KEY, delivery TEXT NOT NULL, at BIGINT NOT NULL, outcome TEXT NOT NULL, peer TEXT NOT NULL);
CREATE INDEX attempt_delivery ON attempt(delivery);
CREATE TABLE receipt(rowid BIGSERIAL PRIMARY KEY, delivery TEXT NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX receipt_delivery ON receipt(delivery);
CREATE TABLE notice(delivery TEXT PRIMARY KEY, submission TEXT NOT NULL, next_at BIGINT NOT NULL, attempts BIGINT NOT NULL DEFAULT 0,
  done BIGINT NOT NULL DEFAULT 0);
CREATE TABLE ledger(seq BIGINT PRIMARY KEY, at BIGINT NOT NULL, type TEXT NOT NULL, actor TEXT NOT NULL, fields TEXT NOT NULL,
  previous TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE ledger_head(one BIGINT PRIMARY KEY CHECK(one=1), seq BIGINT NOT NULL, hash TEXT NOT NULL, seal TEXT NOT NULL);
ALTER TABLE document ALTER COLUMN content SET STORAGE EXTERNAL;
)sql",
     nullptr},
    earlier::must_stop};

inline constexpr way index_of_expiry{
    "CREATE INDEX delivery_expiry ON delivery(expires_at) WHERE state IN "
    "('queued','deferred','leased')",
    "DROP INDEX delivery_expiry"};

/// By which a long queue costs no more than a short one.
inline constexpr way indexes_of_the_queue{
    R"sql(
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery(kind, next_at, seq) WHERE state IN ('queued','deferred','leased');
CREATE INDEX delivery_leased ON delivery(lease_until) WHERE state='leased';
CREATE INDEX delivery_state ON delivery(state, seq);
)sql",
    R"sql(
DROP INDEX delivery_state;
DROP INDEX delivery_leased;
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery(next_at) WHERE state IN ('queued','deferred','leased');
)sql"};

/// `submission.ended_at`: since when all its deliveries are final, 0: they are not; of what ended
/// before the column was there nobody knows when, so it counts from the migration. `purged_at`: its
/// contents are gone, 0: they are there. A gateway that does not keep them would let contents stay
/// for ever, and deliver again what is purged: it must stop.
inline constexpr char const* without_retention = R"sql(
DROP INDEX submission_ended;
ALTER TABLE submission DROP COLUMN purged_at;
ALTER TABLE submission DROP COLUMN ended_at;
)sql";
inline constexpr way sqlite_retention{R"sql(
ALTER TABLE submission ADD COLUMN ended_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE submission ADD COLUMN purged_at INTEGER NOT NULL DEFAULT 0;
UPDATE submission SET ended_at=CAST(strftime('%s','now') AS INTEGER)*1000 WHERE NOT EXISTS(
  SELECT 1 FROM delivery d INDEXED BY delivery_submission WHERE d.submission=submission.id AND d.state IN ('queued','deferred','leased'));
CREATE INDEX submission_ended ON submission(ended_at) WHERE ended_at>0 AND purged_at=0;
)sql",
                                      without_retention};
inline constexpr way postgresql_retention{R"sql(
ALTER TABLE submission ADD COLUMN ended_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE submission ADD COLUMN purged_at BIGINT NOT NULL DEFAULT 0;
UPDATE submission SET ended_at=(EXTRACT(EPOCH FROM clock_timestamp())*1000)::BIGINT WHERE NOT EXISTS(
  SELECT 1 FROM delivery d WHERE d.submission=submission.id AND d.state IN ('queued','deferred','leased'));
CREATE INDEX submission_ended ON submission(ended_at) WHERE ended_at>0 AND purged_at=0;
)sql",
                                          without_retention};

inline constexpr std::array shipped_migrations{
    first_tables, migration{index_of_expiry, index_of_expiry, earlier::go_on},
    migration{indexes_of_the_queue, indexes_of_the_queue, earlier::go_on},
    migration{sqlite_retention, postgresql_retention, earlier::must_stop}};
inline constexpr schema shipped_schema{shipped_migrations};
}  // namespace gateway::sql
