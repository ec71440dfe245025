import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type BackupReport, createArchive } from "../../backup/index.ts";
import {
  BackupError,
  count,
  createBackupId,
  formatSize,
  type Secret,
  Secret as SecretValue,
} from "../../base/index.ts";
import { resolveRules, resolveScope } from "../../capture/index.ts";
import { type Backup, type Catalog, openCatalog } from "../../catalog/index.ts";
import {
  createPrivateDirectory,
  makeDirectory,
  type Path,
  type PrivateDirectory,
  readFileIfExists,
  walk,
} from "../../filesystem/index.ts";
import { locateInstallation } from "../../openclaw/index.ts";
import { applyRestore, planRestore } from "../../restore/index.ts";
import type { ExcludeFile } from "../../settings/index.ts";
import { queryDatabase } from "../../sqlite/index.ts";
import { MemoryStorage, type ObjectStorage, withPrefix } from "../../storage/index.ts";
import type { AppContext } from "../context.ts";
import { backupSource } from "../reading/index.ts";
import { makeSample } from "../sample.ts";
import type { OpenStorage } from "../storages.ts";

const MAX_FILE_BYTES = 16 * 1024 * 1024;
const SAMPLE_FILES = 20;

/** What SQLite keeps beside a database, and what is made again. */
const NEVER_STORED = /\.sqlite-(wal|shm)$|\/node_modules\//;

/** Whatever this user leaves out of backups, the sample is whole. */
const NO_RULES: ExcludeFile = {
  ...{ excluded_extensions: [], excluded_folders: [], excluded_files: [] },
  ...{ patterns: [], include: [], CACHEDIR_TAG: false, one_file_system: false },
};

/** A small backup of a sample, made in a folder below `probe/` and brought back into scratch space; disposing removes both. */
export class TrialBackup implements AsyncDisposable {
  readonly #app: AppContext;
  readonly #place: OpenStorage;
  readonly #storage: ObjectStorage;
  readonly #scratch: PrivateDirectory;
  readonly #password: Secret = new SecretValue(randomBytes(24).toString("base64url"));
  #id = "";
  #found: Backup | undefined;

  private constructor(app: AppContext, place: OpenStorage, scratch: PrivateDirectory) {
    this.#app = app;
    this.#place = place;
    this.#scratch = scratch;
    const folder = `${app.settings.instance}/probe/${randomBytes(8).toString("hex")}`;
    this.#storage = withPrefix(place.storage, folder);
  }

  static async prepare(app: AppContext, place: OpenStorage): Promise<TrialBackup> {
    const scratch = await createPrivateDirectory(app.makeTemporaryDirectory(), "test");
    return new TrialBackup(app, place, scratch);
  }

  /** Makes it, encrypted with a password that nobody knows. @returns what was made */
  async create(): Promise<string> {
    await makeSample(this.#stateDir, { files: SAMPLE_FILES });
    const report = await createArchive(await this.#options());
    this.#id = report.id;
    return describe(report);
  }

  /** Lists it and finds it as a restore would. @returns what was found */
  async find(): Promise<string> {
    const { instance } = this.#app.settings;
    const catalog = this.#openCatalog();
    const { backups } = await catalog.list({ instance, signal: this.#app.signal });
    const now = this.#app.clock.now();
    this.#found = await catalog.find("latest", { instance, now });
    if (this.#found.id === this.#id && backups.some(({ id }) => id === this.#id)) return this.#id;
    throw new BackupError("data-corrupt", "the backup just made is not the one that was found");
  }

  /** Restores it and compares every file. @returns what is the same */
  async restore(): Promise<string> {
    const backup = this.#found;
    if (backup === undefined) throw new BackupError("internal", "nothing was found before");
    const { environment } = this.#app.settings;
    const app = { ...this.#app, settings: { ...this.#app.settings, password: this.#password } };
    const place = { ...this.#place, storage: this.#storage };
    const { source } = await backupSource(app, { backup, place });
    const target = join(this.#scratch.path, "restored");
    const prepared = await planRestore({
      ...{ source, passphrases: [this.#password], privateKeys: [], target, environment },
      ...{ stateDir: this.#stateDir, installation: undefined, now: app.clock.now() },
      // The scratch space lies in the home, and no restore may write there.
      home: join(this.#scratch.path, "home"),
    });
    await applyRestore(prepared, { clock: app.clock });
    const same = compareTrees(this.#stateDir, join(target, ".openclaw"));
    return `${count(same, "file")} and the database are the same`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for await (const object of this.#storage.list("")) await this.#storage.delete(object.key);
    } finally {
      await this.#scratch[Symbol.asyncDispose]();
    }
  }

  get #stateDir(): string {
    return join(this.#scratch.path, ".openclaw");
  }

  async #options(): Promise<Parameters<typeof createArchive>[0]> {
    const { settings, environment, clock, version, signal } = this.#app;
    const now = clock.now();
    // Beside the sample: capture never walks into its own scratch space.
    const temporaryDirectory = join(this.#scratch.path, "copies");
    makeDirectory(temporaryDirectory);
    const installation = await locateInstallation({
      ...{ stateDir: this.#stateDir, environment: {}, userHome: this.#scratch.path },
    });
    const { hostName: name, platform, nodeVersion } = environment;
    return {
      ...{ id: createBackupId(now), instance: settings.instance, now, signal },
      destination: { type: "storage", id: this.#place.id, storage: this.#storage },
      encryption: { passphrases: [this.#password], publicKeys: [] },
      capture: {
        ...{ installation, scope: resolveScope({}), rules: resolveRules(NO_RULES, {}) },
        ...{ ownPaths: [], temporaryDirectory, signal },
      },
      openclaw: { version: "unknown", schemaVersions: {} },
      host: { name, platform, nodeVersion },
      clawbackVersion: version,
    };
  }

  #openCatalog(): Catalog {
    const storages = [{ id: this.#place.id, storage: this.#storage }];
    return openCatalog({ storages, cache: new MemoryStorage(), clock: this.#app.clock });
  }
}

function describe({ files, bytes, storedBytes }: BackupReport): string {
  return `${count(files, "file")}, ${formatSize(bytes)} into ${formatSize(storedBytes)}`;
}

/** @returns How many files are the same. @throws BackupError `data-corrupt` that names the first that differs */
function compareTrees(original: Path, restored: Path): number {
  let same = 0;
  for (const { relativePath, stat } of walk(original)) {
    if (stat.type !== "file" || NEVER_STORED.test(relativePath)) continue;
    const isEqual = relativePath.endsWith(".sqlite")
      ? isSameContent(join(original, relativePath), join(restored, relativePath))
      : isSameFile(join(original, relativePath), join(restored, relativePath));
    if (!isEqual) {
      throw new BackupError("data-corrupt", `${relativePath} is not what was backed up`, {
        hint: "do not keep backups in this storage before this is understood",
      });
    }
    same += 1;
  }
  return same - 1;
}

function isSameFile(a: Path, b: Path): boolean {
  const [left, right] = [a, b].map((path) => readFileIfExists(path, MAX_FILE_BYTES));
  return left !== undefined && right !== undefined && Buffer.compare(left, right) === 0;
}

/** A copy of a database has other pages in use, and the same rows. */
function isSameContent(a: Path, b: Path): boolean {
  const sql = "SELECT count(*) AS n, group_concat(body) AS bodies FROM events";
  const [left, right] = [a, b].map((path) => JSON.stringify(queryDatabase(path, sql)));
  return left !== undefined && left === right;
}
