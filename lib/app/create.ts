import {
  type ArchiveDestination,
  type BackupReport,
  type CreateArchiveOptions,
  createArchive,
} from "../backup/index.ts";
import { BackupError, createBackupId, type Secret } from "../base/index.ts";
import {
  type CaptureOptions,
  type CapturePlan,
  type ExclusionRules,
  planCapture,
  resolveRules,
  resolveScope,
} from "../capture/index.ts";
import { assertBackupNames } from "../catalog/index.ts";
import { isSameOrInside, realPath, statPath } from "../filesystem/index.ts";
import { type Installation, readOpenClawProgram } from "../openclaw/index.ts";
import type { AppContext } from "./context.ts";
import { usingHome } from "./home.ts";
import { findInstallation } from "./installation.ts";
import { newPassword, readKeyFile } from "./passwords.ts";
import { assertMayStore } from "./plaintext.ts";
import type { OpenStorage } from "./storages.ts";

/** What `create` can be told. */
export interface CreateOptions {
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly instance?: string | undefined;
  readonly storage?: string | undefined;
  /** A file, instead of a storage; made with mode 0600. */
  readonly output?: string | undefined;
  /** A stream, instead of a storage. */
  readonly write?: ((chunk: Uint8Array) => Promise<void>) | undefined;
  readonly onlyConfig?: boolean | undefined;
  readonly includeWorkspace?: boolean | undefined;
  readonly workspaces?: readonly string[] | undefined;
  readonly classes?: readonly string[] | undefined;
  readonly add?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly include?: readonly string[] | undefined;
  readonly forceExclude?: readonly string[] | undefined;
  readonly maxFileSizeBytes?: number | undefined;
  readonly onLocked?: "skip" | "fail" | undefined;
  readonly compressionLevel?: number | undefined;
  /** Encrypt even where no password is configured: one is asked for. */
  readonly encrypt?: boolean | undefined;
  /** OpenPGP public key files, besides the configured ones. */
  readonly recipients?: readonly string[] | undefined;
  /** Store it readable for the storage's owner, this once. */
  readonly plaintext?: boolean | undefined;
}

/** Makes an archive of the installation. */
export async function createBackup(app: AppContext, options: CreateOptions): Promise<BackupReport> {
  const now = app.clock.now();
  assertBackupNames(options.name ?? null, options.tags);
  const [capture, program] = await Promise.all([
    captureOptions(app, options),
    readOpenClawProgram(app.settings.environment),
  ]);
  const encryption = await encryptionFor(app, options);
  const destination = await destinationFor(app, options);
  if (destination.place !== undefined)
    assertMayStore(destination.place, encryption !== undefined || options.plaintext === true);
  const { hostName, platform, nodeVersion } = app.environment;
  const archive: CreateArchiveOptions = {
    id: createBackupId(now),
    instance: options.instance ?? app.settings.instance,
    name: options.name,
    tags: options.tags,
    now,
    destination: destination.destination,
    capture,
    compressionLevel: options.compressionLevel ?? app.settings.compressionLevel,
    encryption,
    openclaw: openclawFacts(program),
    host: { name: hostName, platform, nodeVersion },
    clawbackVersion: app.version,
    signal: app.signal,
    onProgress: app.onProgress,
  };
  return await usingHome(app.settings.home, async () => {
    app.makeTemporaryDirectory();
    return await createArchive(archive);
  });
}

/** What a create with these options would take and leave; reads only. */
export async function planBackup(app: AppContext, options: CreateOptions): Promise<CapturePlan> {
  return await planCapture(await captureOptions(app, options));
}

/** What the options of a backup of either kind mean for its capture. */
export async function captureOptions(
  app: AppContext,
  options: CreateOptions,
): Promise<CaptureOptions> {
  const installation = await findInstallation(app, {
    workspaces: options.workspaces,
    add: options.add,
  });
  return {
    installation,
    scope: {
      ...resolveScope({
        onlyConfig: options.onlyConfig,
        noWorkspace: options.includeWorkspace === false,
        classes: options.classes,
      }),
      lacksWorkspace: options.workspaces !== undefined && lacksWorkspace(installation),
    },
    rules: rulesFor(app, options),
    ownPaths: ownPaths(app, options.output),
    temporaryDirectory: app.temporaryDirectory,
    onLocked: options.onLocked,
    signal: app.signal,
    onProgress: app.onProgress,
  };
}

/** Whether a workspace that an agent uses is in none of the roots, because others were asked for. */
function lacksWorkspace({ agents, roots }: Installation): boolean {
  return agents.some(({ workspace }) => {
    const path = realPath(workspace);
    return path !== undefined && !roots.some((root) => isSameOrInside(path, root.path));
  });
}

function rulesFor({ settings }: AppContext, options: CreateOptions): ExclusionRules {
  // Without the rules, what shall stay out would go in.
  if (settings.excludeProblem !== undefined) throw settings.excludeProblem;
  // What was added may lie where a rule leaves things out, such as a checkout below `git`.
  const paths = [...settings.installation.extraPaths, ...(options.add ?? [])];
  const added = paths.map((path) => realPath(path) ?? path);
  return resolveRules(settings.exclude, {
    exclude: options.exclude,
    include: [...(options.include ?? []), ...added],
    forceExclude: options.forceExclude,
    maxFileSizeBytes: options.maxFileSizeBytes,
  });
}

/** What must never be walked into: the home, directory storages, and the file being written. */
export function ownPaths(app: AppContext, output?: string | undefined): string[] {
  const directories = app.settings.storages.flatMap((storage) =>
    storage.type === "directory" ? [storage.path] : [],
  );
  return [app.settings.home, ...directories, ...(output === undefined ? [] : [output])];
}

async function encryptionFor(
  app: AppContext,
  options: CreateOptions,
): Promise<{ passphrases: Secret[]; publicKeys: Uint8Array[] } | undefined> {
  const recipients = [...app.settings.recipients, ...(options.recipients ?? [])];
  const publicKeys = recipients.map((path) => readKeyFile(path));
  const { password } = app.settings;
  if (password !== undefined) return { passphrases: [password], publicKeys };
  if (publicKeys.length > 0) return { passphrases: [], publicKeys };
  if (options.encrypt !== true) return undefined;
  return { passphrases: [await newPassword(app)], publicKeys };
}

async function destinationFor(
  app: AppContext,
  options: CreateOptions,
): Promise<{ destination: ArchiveDestination; place?: OpenStorage }> {
  if (options.write !== undefined) return { destination: { type: "stream", write: options.write } };
  if (options.output !== undefined) {
    if (statPath(options.output) !== undefined) {
      throw new BackupError("target-not-empty", `output file ${options.output} exists already`, {
        hint: "choose another name; nothing is ever overwritten",
      });
    }
    return { destination: { type: "file", path: options.output } };
  }
  const place = await app.storages.open(options.storage);
  return { destination: { type: "storage", id: place.id, storage: place.storage }, place };
}

/** What a backup records of the installed OpenClaw. */
export function openclawFacts(
  program: Awaited<ReturnType<typeof readOpenClawProgram>>,
): CreateArchiveOptions["openclaw"] {
  return {
    version: program?.version ?? "unknown",
    schemaVersions: definedNumbers(program?.schemaVersions ?? {}),
  };
}

function definedNumbers(
  values: Readonly<Record<string, number | undefined>>,
): Record<string, number> {
  const entries = Object.entries(values).filter(
    (entry): entry is [string, number] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
