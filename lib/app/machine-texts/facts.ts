import { assertInstanceName, BackupError } from "../../base/index.ts";
import {
  type JobsEntry,
  readSettingsFile,
  type S3StorageEntry,
  type SettingsFile,
  type SetupAnswers,
  type StorageEntry,
} from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import { proposedOnAws, resolveSetup, storageEntry } from "../setup/index.ts";

/** What another machine needs to know to work on the same backups. */
export interface MachineFacts {
  readonly instance: string;
  readonly storage: StorageEntry;
  /** The settings of its home: no secret, and nothing of this machine. */
  readonly settings: SettingsFile;
  /** What a person should know. */
  readonly notes: readonly string[];
}

export interface FactsOptions {
  /** From which everything comes; without them it is what this home has. */
  readonly answers?: SetupAnswers | undefined;
  /** Of this home. @default the default storage */
  readonly storage?: string | undefined;
  /** @default this home's */
  readonly instance?: string | undefined;
  readonly account?: string | undefined;
}

/**
 * Collects what the home or the answers say, without asking the storage.
 * @throws BackupError `not-configured` without either; `invalid-argument` when the answers leave the key open
 */
export async function readMachineFacts(
  app: AppContext,
  options: FactsOptions,
): Promise<MachineFacts> {
  const { answers } = options;
  const file = answers === undefined ? fileOfHome(app, options) : await fileOfAnswers(app, options);
  assertInstanceName(file.instance);
  const [given] = file.storages;
  if (given === undefined) throw new BackupError("internal", "the settings have no storage");
  const { storage, notes } = withoutThisMachine(given);
  return {
    instance: file.instance,
    storage,
    settings: { ...file, storages: [storage], defaultStorage: storage.id },
    notes,
  };
}

/** What of this home holds elsewhere, too: notices and key files do not lie there. */
function fileOfHome({ settings }: AppContext, options: FactsOptions): SettingsFile {
  const file = readSettingsFile(settings.home);
  const id = options.storage ?? settings.defaultStorage;
  const storage = file?.storages.find((each) => each.id === id);
  if (file === undefined || storage === undefined) {
    throw new BackupError("not-configured", "it is not known where the backups are", {
      hint: "set this machine up first, name a storage of it with --storage, or give --region and --bucket",
    });
  }
  const { version, installation, compressionLevel, retention, jobs, health } = file;
  const kept = { installation, compressionLevel, retention, jobs, health };
  const present = Object.entries(kept).filter(([, value]) => value !== undefined);
  const instance = options.instance ?? settings.instance;
  return { version, instance, storages: [storage], ...Object.fromEntries(present) };
}

async function fileOfAnswers(
  app: AppContext,
  { answers, account }: FactsOptions,
): Promise<SettingsFile> {
  if (answers === undefined) throw new BackupError("internal", "there are no answers");
  const setup = await resolveSetup(app, proposedOnAws(app, answers, account));
  const key = setup.cloud?.answers.key ?? "none";
  if (key !== "none" && !key.startsWith("arn:")) throw keyIsOpen(key);
  const keyArn = key === "none" ? undefined : key;
  const { stateDir, retention } = setup.answers;
  const jobs: JobsEntry = {
    snapshot: { at: setup.snapshots === "manual" ? "off" : setup.snapshots },
  };
  return {
    version: 1,
    instance: setup.instance,
    storages: [storageEntry(setup, { account, keyArn })],
    ...(stateDir === undefined ? {} : { installation: { stateDir } }),
    ...(retention === undefined ? {} : { retention }),
    jobs,
  };
}

/** The bucket's policy takes the key's ARN only, and a key that is yet to be made has none. */
function keyIsOpen(key: string): BackupError {
  const what = key === "new" ? "of the new key" : `of key ${key}`;
  return new BackupError("invalid-argument", `the ARN ${what} is not known`, {
    hint: "run clawback setup first, and print this from its home; or give the key's ARN with --key",
  });
}

interface Elsewhere {
  readonly storage: StorageEntry;
  readonly notes: readonly string[];
}

/** Profiles and stored keys are of this machine. */
function withoutThisMachine(storage: StorageEntry): Elsewhere {
  if (storage.type === "directory") {
    return { storage, notes: [`${storage.path} has to be mounted there`] };
  }
  const { profile, prunerProfile: _, accessKeyId, ...rest } = storage;
  const notes: string[] = [];
  if (accessKeyId !== undefined || profile !== undefined) {
    notes.push("the credentials of this machine are not in it: give the other one a role");
  }
  if (rest.kmsKey === undefined) {
    notes.push("no KMS key wraps the password of the snapshots: give it to the other one yourself");
  }
  return { storage: rest satisfies S3StorageEntry, notes };
}
