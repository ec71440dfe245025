// The process behind `database-writer.ts`: PATH wal|delete busy|idle COMMITS-PER-SECOND; commands on standard input, a line each.

import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

const [path = "", journalMode, mode, perSecond] = process.argv.slice(2);
const database = new DatabaseSync(path, { timeout: 10_000 });
database.prepare(`PRAGMA journal_mode=${journalMode}`).get();
database.exec("PRAGMA synchronous=NORMAL");
database.exec("CREATE TABLE IF NOT EXISTS log(n INTEGER, i INTEGER, body TEXT, PRIMARY KEY(n, i))");
const insert = database.prepare("INSERT INTO log VALUES (?, ?, ?)");
let committed = Number(database.prepare("SELECT coalesce(max(n), -1) + 1 AS n FROM log").get()?.n);
let isHolding = false;

function commit(): void {
  database.exec("BEGIN IMMEDIATE");
  for (let i = 0; i < 5; i++) insert.run(committed, i, `${committed}.${i} `.repeat(40));
  database.exec("COMMIT");
  committed++;
}

function hold(kind: string): void {
  database.exec(`BEGIN ${kind}`);
  insert.run(-1, 0, "held");
  isHolding = true;
}

const commands: Record<string, () => void> = {
  "hold-immediate": () => hold("IMMEDIATE"),
  "hold-exclusive": () => hold("EXCLUSIVE"),
  release: () => {
    database.exec("ROLLBACK");
    isHolding = false;
  },
  count: () => undefined,
};

const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  commands[line]?.();
  process.stdout.write(`${committed}\n`);
});
// Whoever started this is gone.
input.on("close", () => process.exit());
process.stdout.write("ready\n");
while (mode === "busy") {
  if (!isHolding) commit();
  await delay(Number(perSecond) > 0 ? 1000 / Number(perSecond) : 0);
}
