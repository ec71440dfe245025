import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Chance } from "./sample-text.ts";

const ROWS_A_COMMIT = 500;

/** A database in the style of OpenClaw's: write-ahead log, pages of 4,096 bytes, one table of JSON events. */
export interface SampleDatabase {
  readonly path: string;
  readonly table: "transcript_events" | "audit_events";
}

/** Makes a database with about so many bytes of events. */
export function makeDatabase(
  { path, table }: SampleDatabase,
  sizeBytes: number,
  random: Chance,
): void {
  mkdirSync(dirname(path), { recursive: true });
  using database = new DatabaseSync(path);
  database.exec(`
    PRAGMA page_size = 4096;
    PRAGMA auto_vacuum = 2;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = OFF;
    CREATE TABLE schema_meta(meta_key TEXT PRIMARY KEY, role TEXT);
    CREATE TABLE ${table}(
      seq INTEGER PRIMARY KEY, session TEXT NOT NULL, body TEXT NOT NULL, state TEXT
    );
    CREATE INDEX ${table}_session ON ${table}(session, seq);`);
  addEvents(database, table, sizeBytes, random);
}

/** Adds so many bytes of events, and changes a share of the old ones. */
export function churnDatabase(
  { path, table }: SampleDatabase,
  change: { readonly addBytes: number; readonly updateShare: number },
  random: Chance,
): void {
  using database = new DatabaseSync(path);
  const rows = Number(database.prepare(`SELECT max(seq) AS n FROM ${table}`).get()?.n);
  const update = database.prepare(`UPDATE ${table} SET state = ? WHERE seq = ?`);
  database.exec("BEGIN");
  for (let i = 0; i < rows * change.updateShare; i += 1) {
    update.run(JSON.stringify({ seen: random.below(1e9) }), 1 + random.below(rows));
  }
  database.exec("COMMIT");
  addEvents(database, table, change.addBytes, random);
}

function addEvents(
  database: DatabaseSync,
  table: SampleDatabase["table"],
  sizeBytes: number,
  random: Chance,
): void {
  const insert = database.prepare(`INSERT INTO ${table}(session, body, state) VALUES (?, ?, '{}')`);
  let count = 0;
  for (let written = 0; written < sizeBytes; ) {
    database.exec("BEGIN");
    for (let row = 0; row < ROWS_A_COMMIT && written < sizeBytes; row += 1) {
      const body = event(count, random);
      insert.run(`session_${random.below(200)}`, body);
      written += body.length;
      count += 1;
    }
    database.exec("COMMIT");
  }
}

function event(index: number, random: Chance): string {
  return JSON.stringify({
    id: `event_${index}_${random.below(1e9).toString(36)}`,
    role: random.below(2) === 0 ? "assistant" : "user",
    ts: 1_790_000_000_000 + index * 1000,
    text: random.text(400 + random.below(2400)),
    tokens: random.below(900),
  });
}
