/**
 * Recognises, captures and checks SQLite databases, through `node:sqlite`.
 *
 * A live database is opened read-only, in a transaction, and for as short as can be; its log is never written back or removed by
 * us, and its bytes are never copied while somebody works with it. Copies are what is cleaned, checked and changed.
 *
 * **POSIX locks.** Closing any descriptor of a file drops all locks that this process has on it, SQLite's among them. So nobody opens
 * with `node:fs` (`openSource`, `readFileIfExists`) a database that this process has open in SQLite at that moment: look at its
 * header before capturing it, not meanwhile, and do not capture one database twice at the same time. Locks of other processes
 * cannot be lost that way; for this reason capture never runs inside the Gateway's process.
 *
 * Read first: `capture.ts`.
 *
 * @module
 */

export { captureDatabase } from "./capture.ts";
export { type CheckDatabaseOptions, checkDatabase } from "./check.ts";
export { isSqliteHeader, SQLITE_HEADER_BYTES } from "./header.ts";
export { type DatabaseIdentity, identifyDatabase, isSameDatabase } from "./identity.ts";
export { queryDatabase, type Row, type SqlValue, type Statement, updateDatabase } from "./query.ts";
export type * from "./types.ts";
export { provesUnused } from "./unused.ts";
