/**
 * A program that commits to databases as fast as it is told, and says how far it is.
 *
 * Each transaction adds the next number of one sequence and its sum so far, so that any state of the database that was ever
 * committed can be told from one that was not. Arguments: transactions a second, then the databases.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";

const [rate = "500", ...paths] = process.argv.slice(2);

interface Sequence {
  readonly database: DatabaseSync;
  readonly insert: StatementSync;
  readonly add: StatementSync;
  committed: number;
}

const sequences = paths.map((path): Sequence => {
  const database = new DatabaseSync(path, { timeout: 20_000 });
  database.exec(`
    CREATE TABLE IF NOT EXISTS soak_rows(seq INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS soak_sum(id INTEGER PRIMARY KEY, total INTEGER NOT NULL);
    INSERT OR IGNORE INTO soak_sum VALUES (1, 0);`);
  return {
    database,
    insert: database.prepare("INSERT INTO soak_rows VALUES (?, ?)"),
    add: database.prepare("UPDATE soak_sum SET total = total + ?"),
    committed: 0,
  };
});

function commit(sequence: Sequence): void {
  const next = sequence.committed + 1;
  sequence.database.exec("BEGIN IMMEDIATE");
  sequence.insert.run(next, `row ${next} `.repeat(1 + (next % 20)));
  sequence.add.run(next);
  sequence.database.exec("COMMIT");
  sequence.committed = next;
}

const started = performance.now();
let done = 0;
const timer = setInterval(() => {
  const due = Math.floor(((performance.now() - started) / 1000) * Number(rate));
  // What a busy machine made us miss is not caught up in one go: the event loop must answer.
  for (let batch = 0; done < due && batch < 200; batch++, done++) {
    const sequence = sequences[done % sequences.length];
    if (sequence !== undefined) commit(sequence);
  }
  process.send?.(sequences.map(({ committed }) => committed));
}, 10);

process.on("disconnect", () => {
  clearInterval(timer);
  for (const { database } of sequences) database.close();
});
