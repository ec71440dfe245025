import { writeFileSync } from "node:fs";
import { watchedOperations } from "./file-operations.ts";
import { type RestoreOrder, runOrder } from "./restore-order.ts";

/** What this program is told by its one argument, as JSON. */
export interface KilledOrder extends RestoreOrder {
  /** Dies before its operation of that number; before the n-th piece of the archive for -n. */
  readonly killAt: number;
  /** Where to write the names of its operations when it comes to its end. */
  readonly stepsFile?: string | undefined;
}

const order: KilledOrder = JSON.parse(process.argv[2] ?? "{}");
const die = () => process.kill(process.pid, "SIGKILL");
const names: string[] = [];
const operations = watchedOperations(({ name }, index) => {
  if (index === order.killAt) die();
  names.push(name);
});
await runOrder(order, operations, (piece) => {
  if (piece === -order.killAt) die();
});
if (order.stepsFile !== undefined) writeFileSync(order.stepsFile, JSON.stringify(names));
