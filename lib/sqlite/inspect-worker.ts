import { parentPort, workerData } from "node:worker_threads";
import { type Inspection, inspectDatabase } from "./inspect.ts";
import { problemOf } from "./problems.ts";
import type { DatabaseProblem } from "./types.ts";

/** What the thread answers, once. */
export type InspectionAnswer =
  | { readonly inspection: Inspection }
  | { readonly reason: DatabaseProblem; readonly detail: string };

function inspect(path: string): InspectionAnswer {
  try {
    return { inspection: inspectDatabase(path) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { reason: problemOf(path, error), detail };
  }
}

// Without a parent this is an import, not a thread.
parentPort?.postMessage(inspect(String(workerData)));
