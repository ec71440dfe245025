import { toBackupError } from "../../base/index.ts";
import type { BackupList } from "../../catalog/index.ts";
import { type DoctorFinding, findings } from "../../verify/index.ts";
import type { AppContext } from "../context.ts";
import { readCatalog } from "../reading/index.ts";
import { withConfiguredPassword } from "../repositories/index.ts";
import { openStoragePool } from "../storages.ts";
import { examineBackups } from "./backups.ts";
import { examineMachine } from "./machine.ts";
import { examineSetup } from "./setup.ts";
import { examineStorages } from "./storages.ts";

/** What the doctor found; the JSON output is this. */
export interface DoctorReport {
  /** No finding is a problem. */
  readonly ok: boolean;
  readonly instance: string;
  readonly home: string;
  readonly findings: readonly DoctorFinding[];
}

/**
 * Looks at everything that backups depend on. Changes nothing, and never throws for what it finds: a check that cannot be made is a
 * finding, too.
 * @throws BackupError `cancelled`
 */
export async function examine(given: AppContext): Promise<DoctorReport> {
  const { home, instance, isConfigured, storages } = given.settings;
  // Whoever asks wants to know now what is wrong with a storage, not after minutes of patience.
  const options = { clock: given.clock, onProgress: undefined, attempts: 2 };
  await using pool = openStoragePool(given.settings, options);
  const found: DoctorFinding[] = [];
  const { app: opened, problem } = await withConfiguredPassword(given);
  if (problem !== undefined) {
    found.push(findings("password").problem(problem.message, problem.hint));
  }
  const app: AppContext = { ...opened, storages: pool, onProgress: undefined };
  if (!isConfigured) {
    found.push(findings("settings").problem("there is no home yet", "clawback setup"));
  }
  const list = await tryList(app);
  found.push(
    ...(await guarded("machine", () => examineMachine(app, list))),
    ...(await guarded("schedule", () => examineSetup(app))),
  );
  if (isConfigured && storages.length === 0) {
    const text = "no storage is configured, so nothing is backed up";
    found.push(findings("storage").problem(text, "clawback storage add"));
  }
  found.push(
    ...(await guarded("storage", () => examineStorages(app, list))),
    ...(await guarded("last-backup", async () => examineBackups(app, list))),
  );
  const ok = found.every(({ severity }) => severity !== "problem");
  return { ok, instance, home, findings: found };
}

const NOTHING: BackupList = { backups: [], problems: [], unread: [] };

/** What the catalog itself cannot do is told of each storage by itself. */
async function tryList(app: AppContext): Promise<BackupList> {
  try {
    return await readCatalog(app);
  } catch (error) {
    const failure = toBackupError(error);
    if (failure.code === "cancelled") throw failure;
    return NOTHING;
  }
}

async function guarded(
  code: string,
  look: () => Promise<readonly DoctorFinding[]>,
): Promise<readonly DoctorFinding[]> {
  try {
    return await look();
  } catch (error) {
    const failure = toBackupError(error);
    if (failure.code === "cancelled") throw failure;
    return [
      findings(code).problem(`this could not be looked at: ${failure.message}`, failure.hint),
    ];
  }
}
