import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { assertNotCancelled, formatDuration, workerUrl } from "../base/index.ts";
import type { Path } from "../filesystem/index.ts";
import type { Inspection } from "./inspect.ts";
import type { InspectionAnswer } from "./inspect-worker.ts";
import { databaseError } from "./problems.ts";

export interface InspectionLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const WORKER: URL = workerUrl("inspect-worker", import.meta.url);

/**
 * `inspectDatabase` in a thread of its own, with a time limit, going over which is a finding. A thread that is given up ends with the SQLite
 * call that it is in; nothing can interrupt that one.
 * @throws BackupError `source-unreadable`, `cancelled`
 */
export async function inspectInWorker(path: Path, limits: InspectionLimits): Promise<Inspection> {
  const { timeoutMs, signal } = limits;
  assertNotCancelled(signal);
  const timeout = AbortSignal.timeout(timeoutMs);
  const given = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const worker = new Worker(WORKER, { workerData: path });
  try {
    const [answer]: [InspectionAnswer] = (await once(worker, "message", {
      signal: given,
    })) as never;
    if ("inspection" in answer) return answer.inspection;
    throw databaseError(path, answer.reason, { detail: answer.detail });
  } catch (error) {
    assertNotCancelled(signal);
    if (!timeout.aborted) throw error;
    const finding = `the check was given up after ${formatDuration(timeoutMs)}`;
    return { userVersion: 0, tables: 0, findings: [finding] };
  } finally {
    worker.unref();
    void worker.terminate();
  }
}
