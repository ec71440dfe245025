import type { Finding } from "../archive/index.ts";
import { isBackupError } from "../base/index.ts";
import type { Backup } from "../catalog/index.ts";
import { type VerifyReport, verifyArchive, verifySnapshot } from "../verify/index.ts";
import type { SelectOptions } from "./catalog.ts";
import type { AppContext } from "./context.ts";
import { usingHome } from "./home.ts";
import { markVerified } from "./marks.ts";
import type { OpenedSource } from "./reading/index.ts";
import {
  type AnyOpenedSource,
  type OpenedSnapshotSource,
  openAnySource,
  withSharedLock,
} from "./reading/index.ts";

export interface VerifyBackupOptions extends SelectOptions {
  readonly keyFiles?: readonly string[] | undefined;
}

/** Downloads and checks one backup whole; a sound one gets a `verified` mark where the credentials may write. */
export async function verifyBackup(
  app: AppContext,
  selector: string,
  options: VerifyBackupOptions = {},
): Promise<VerifyReport> {
  let selected: Backup | undefined;
  let opened: AnyOpenedSource | undefined;
  const findings: Finding[] = [];
  const open = async (): Promise<void> => {
    const onSelected = (backup: Backup): void => {
      selected = backup;
    };
    opened = await openAnySource(app, selector, { ...options, onSelected, withoutCache: true });
  };
  findings.push(...(await damageIn(open)));
  if (opened === undefined) {
    const checked = { files: 0, bytes: 0, databases: 0 };
    return { ok: false, backup: selected ?? null, checked, findings };
  }
  return opened.repository === undefined
    ? await verifyOpened(app, opened)
    : await verifyOpenedSnapshot(app, opened);
}

async function verifyOpenedSnapshot(
  app: AppContext,
  { source, repository }: OpenedSnapshotSource,
): Promise<VerifyReport> {
  const report = await usingHome(app.settings.home, () => {
    const temporaryDirectory = app.makeTemporaryDirectory();
    const { onProgress } = app;
    return withSharedLock(app, repository, (signal) =>
      verifySnapshot({ source, temporaryDirectory, signal, onProgress }),
    );
  });
  if (report.ok && source.backup !== undefined) await markVerified(app, source.backup, report);
  return report;
}

async function verifyOpened(app: AppContext, opened: OpenedSource): Promise<VerifyReport> {
  const { source, keys } = opened;
  const { backup } = source;
  const report = await usingHome(app.settings.home, () => {
    const temporaryDirectory = app.makeTemporaryDirectory();
    const { signal, onProgress } = app;
    return verifyArchive({ source, ...keys, temporaryDirectory, signal, onProgress });
  });
  const findings = [...report.findings, ...(await damageIn(() => opened.checkStoredList()))];
  const whole: VerifyReport = { ...report, ok: findings.length === 0, findings };
  if (whole.ok && backup !== undefined) await markVerified(app, backup, whole);
  return whole;
}

const DAMAGE = ["data-corrupt", "data-missing", "manifest-mismatch", "unsupported-format"] as const;

/** Damage is a finding, also where it shows before the archive is read: by its record, or in the list beside it. */
async function damageIn(work: () => Promise<void>): Promise<Finding[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (!isBackupError(error, ...DAMAGE)) throw error;
    return [{ code: error.code as Finding["code"], message: error.message }];
  }
}
