import { type BackupError, DAY_MS, isBackupError, toBackupError } from "../../base/index.ts";
import type { BackupList } from "../../catalog/index.ts";
import { findDangers } from "../../provision/index.ts";
import type { S3StorageSettings } from "../../settings/index.ts";
import { resolvePreset } from "../../storage/index.ts";
import {
  type DoctorFinding,
  findings,
  judgeFeatures,
  judgeProtection,
  judgeUploads,
} from "../../verify/index.ts";
import type { AppContext } from "../context.ts";
import { readPasswordSafety } from "../password-safety.ts";
import { serviceOf } from "../setup/index.ts";
import type { OpenStorage } from "../storages.ts";

/** Younger uploads may be under way. */
const STRANDED_MS: number = 3 * DAY_MS;

/** Each configured storage: whether it answers, what it can do, and who could harm or read what lies there. */
export async function examineStorages(
  app: AppContext,
  { problems }: BackupList,
): Promise<DoctorFinding[]> {
  const found: DoctorFinding[] = [];
  const failed = (id: string, { message, hint }: BackupError): DoctorFinding =>
    findings("storage").problem(`storage ${id}: ${message}`, hint);
  const { opened, problems: unopened } = await app.storages.openAll();
  found.push(...unopened.map(({ storage, error }) => failed(storage, error)));
  for (const place of opened) {
    try {
      found.push(...(await examineStorage(app, place)));
    } catch (error) {
      const failure = toBackupError(error);
      if (failure.category === "control") throw failure;
      found.push(failed(place.id, failure));
    }
  }
  const known = new Set(found.map(({ message }) => message));
  const told = problems.map(({ storage, error }) => {
    const finding = failed(storage, error);
    return error.code === "wrong-password" ? { ...finding, code: "repository-password" } : finding;
  });
  return [...found, ...told.filter(({ message }) => !known.has(message))];
}

async function examineStorage(app: AppContext, place: OpenStorage): Promise<DoctorFinding[]> {
  const { id, settings, storage } = place;
  const { signal, clock } = app;
  const { instance } = app.settings;
  // Above the instance's own folder narrow credentials may not look.
  for await (const _ of storage.listFolders(`${instance}/`, { signal })) break;
  const isDirectory = settings.type === "directory";
  const hasVersions = settings.type === "s3" && resolvePreset(settings).versioning;
  const features = await storage.features({ signal });
  const olderThan = new Date(clock.now().getTime() - STRANDED_MS);
  const uploads = await storage.sweepUploads(`${instance}/`, olderThan, {
    signal,
    countOnly: true,
  });
  return [
    findings("storage").ok(`storage ${id}: ${storage.location} answers`),
    judgeFeatures({ id, isDirectory, features, hasVersions }),
    judgeUploads(id, uploads),
    ...(await examineProtection(app, place)),
    ...examinePlaintext(app, place),
    ...(await examinePassword(app, place)),
  ];
}

async function examineProtection(
  app: AppContext,
  { id, settings }: OpenStorage,
): Promise<DoctorFinding[]> {
  if (settings.type === "directory") {
    const only = app.settings.storages.every(({ type }) => type === "directory");
    const { note, warning } = findings("protection");
    const text = `storage ${id}: protection level none: whoever takes over this machine, or loses its disk, loses what lies in a directory of it`;
    return [only ? warning(text, "clawback setup, or clawback storage add") : note(text)];
  }
  try {
    return [judgeProtection(id, await dangersOf(app, settings))];
  } catch (error) {
    if (!isBackupError(error) || error.category === "control") throw error;
    const text = `storage ${id}: how far these credentials could harm backups is not known: ${error.message}`;
    return [findings("protection").warning(text, error.hint)];
  }
}

async function dangersOf(
  { settings: { instance }, clock, signal }: AppContext,
  settings: S3StorageSettings,
): Promise<readonly string[]> {
  const preset = resolvePreset(settings);
  const { bucket, prefix, profile, accessKeyId, secretAccessKey, kmsEndpoint } = settings;
  const isPath = (settings.addressing ?? preset.addressing) === "path" || bucket.includes(".");
  return await findDangers(
    { service: serviceOf(preset), bucket, prefix, instance },
    {
      ...{ region: preset.region, endpoint: preset.endpoint, awsEndpoint: kmsEndpoint },
      ...{ forcePathStyle: isPath, profile, accessKeyId, secretAccessKey, clock, signal },
    },
  );
}

/** Archives hold every credential of the agent. */
function examinePlaintext(app: AppContext, { id, settings }: OpenStorage): DoctorFinding[] {
  const { ok, warning } = findings("plaintext");
  if (settings.type === "directory" || settings.sse === "kms") return [];
  const isEncryptedHere =
    app.settings.recipients.length > 0 || hasPasswordSource(app.settings.environment);
  if (isEncryptedHere) return [ok(`storage ${id}: archives are encrypted on this machine`)];
  if (!settings.plaintext) {
    return [ok(`storage ${id}: archives that are not encrypted are refused`)];
  }
  return [
    warning(
      `storage ${id}: archives lie there readable for whoever holds the storage, with every credential of the agent`,
      "set CLAWBACK_PASSWORD_FILE, or give the storage a kmsKey, and take plaintext out of settings.json",
    ),
  ];
}

function hasPasswordSource(environment: Readonly<Record<string, string | undefined>>): boolean {
  return ["CLAWBACK_PASSWORD", "CLAWBACK_PASSWORD_FILE", "CLAWBACK_PASSWORD_COMMAND"].some(
    (name) => (environment[name] ?? "") !== "",
  );
}

async function examinePassword(app: AppContext, place: OpenStorage): Promise<DoctorFinding[]> {
  const { id, settings } = place;
  if (settings.type === "directory") return [];
  const { ok, note, warning, problem } = findings("repository-password");
  const safety = await readPasswordSafety(app, place, app.settings.instance);
  if (safety === undefined) return [];
  const problems = safety.problems.map((text) => warning(`storage ${id}: ${text}`));
  const { state, keyArn, confirmedAt, hint } = safety;
  if (state === "wrapped") return [ok(`storage ${id}: KMS key ${keyArn} wraps it`), ...problems];
  if (state === "kit") {
    const since = confirmedAt?.slice(0, 10);
    return [
      ok(`storage ${id}: it is on a recovery kit, as was confirmed on ${since}`),
      ...problems,
    ];
  }
  if (state === "only-here") {
    const text = `storage ${id}: nothing proves that the password of its snapshots exists elsewhere than on this machine; without it they are lost`;
    return [problem(text, hint), ...problems];
  }
  const text = `storage ${id}: you gave it; whether it is written down elsewhere is not known`;
  return [note(text, "clawback key export prints what a restore needs"), ...problems];
}
