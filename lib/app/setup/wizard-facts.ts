import { assertInstanceName, count, formatSize, isBackupError } from "../../base/index.ts";
import { type Caller, findCaller, proposeBucketName } from "../../provision/index.ts";
import type { AppContext } from "../context.ts";
import { planBackup } from "../create.ts";

/** What a person is shown of an installation before it is chosen. */
export interface InstallationFacts {
  readonly stateDir: string;
  /** `1,204 files, 85 MB` */
  readonly taken: string;
  readonly excluded: string;
  /** Of one backup of everything. */
  readonly bytes: number;
}

/** Looks what a backup of an installation would take; undefined when there is none. Reads only. */
export async function describeInstallation(
  app: AppContext,
  stateDir: string | undefined,
): Promise<InstallationFacts | undefined> {
  const { installation } = app.settings;
  const wanted = { ...installation, ...(stateDir === undefined ? {} : { stateDir }) };
  try {
    const { roots, included, rules, classes } = await planBackup(
      { ...app, settings: { ...app.settings, installation: wanted } },
      {},
    );
    const left = [...rules, ...classes].map(({ excluded }) => excluded);
    const sum = left.reduce(
      (total, { files, bytes }) => ({ files: total.files + files, bytes: total.bytes + bytes }),
      { files: 0, bytes: 0 },
    );
    const { bytes } = included;
    const stateDirFound = roots[0]?.path ?? "";
    return { stateDir: stateDirFound, taken: tally(included), excluded: tally(sum), bytes };
  } catch (error) {
    if (isBackupError(error, "installation-not-found")) return undefined;
    throw error;
  }
}

function tally({ files, bytes }: { readonly files: number; readonly bytes: number }): string {
  return `${count(files, "file")}, ${formatSize(bytes)}`;
}

export interface SetupCaller extends Caller {
  /** A bucket name that only this account can have. */
  readonly proposedBucket: string;
}

/** Whose the rights are that would make everything, and what the bucket would be called. @throws BackupError when they do not work */
export async function findSetupCaller(
  app: AppContext,
  chosen: {
    readonly adminProfile?: string | undefined;
    readonly region?: string | undefined;
    readonly awsEndpoint?: string | undefined;
  },
): Promise<SetupCaller> {
  const { adminProfile, region = "us-east-1", awsEndpoint } = chosen;
  const caller = await findCaller({
    region,
    awsEndpoint,
    profile: adminProfile === "" ? undefined : adminProfile,
    forcePathStyle: false,
    // Somebody waits for the next question.
    attempts: 2,
    clock: app.clock,
    signal: app.signal,
  });
  return { ...caller, proposedBucket: proposeBucketName(caller.account, region) };
}

/** Whether backups can be kept under a name. */
export function isInstanceName(name: string): boolean {
  try {
    assertInstanceName(name);
    return true;
  } catch (error) {
    if (isBackupError(error)) return false;
    throw error;
  }
}
