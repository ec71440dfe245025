import { BackupError, quote } from "../../base/index.ts";
import type { Path } from "../../filesystem/index.ts";
import { type OpenClawProgram, type RequiredSchema, requiredSchema } from "../../openclaw/index.ts";
import { checkDatabase, type DatabaseCheck } from "../../sqlite/index.ts";

/** A database in a stage, opened and checked. */
export interface CheckedDatabase {
  /** The backup's own path. */
  readonly path: Path;
  readonly file: Path;
  readonly check: DatabaseCheck;
  /** Undefined for a database that is not OpenClaw's own. */
  readonly schema: RequiredSchema | undefined;
}

/** Checks databases one after the other, while others are still being unpacked. */
export class DatabaseChecks {
  readonly #signal: AbortSignal | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #results: Promise<CheckedDatabase>[] = [];

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  add(path: Path, file: Path): void {
    const result = this.#last.then(() => this.#check(path, file));
    // A failure is thrown by `settle`, which may come much later.
    this.#last = result.catch(() => undefined);
    this.#results.push(result);
  }

  /** Waits for all; the first failure is thrown. */
  async settle(): Promise<CheckedDatabase[]> {
    await this.#last;
    return await Promise.all(this.#results);
  }

  async #check(path: Path, file: Path): Promise<CheckedDatabase> {
    const check = await checkDatabase(file, { signal: this.#signal });
    return { path, file, check, schema: check.ok ? schemaOf(file, check) : undefined };
  }
}

/** A log beside the file may hold a newer version than the file itself; the check has seen both. */
function schemaOf(file: Path, check: DatabaseCheck): RequiredSchema | undefined {
  try {
    const schema = requiredSchema(file);
    return schema && { ...schema, userVersion: Math.max(schema.userVersion, check.userVersion) };
  } catch {
    return undefined;
  }
}

/**
 * Refuses databases that OpenClaw cannot live without and that are not sound.
 *
 * @param mayBeDamaged - Whether damage is only told, as where nothing live is replaced.
 * @throws BackupError `data-corrupt`
 * @returns What is wrong with others, a sentence each.
 */
export function refuseDamaged(
  databases: readonly CheckedDatabase[],
  mayBeDamaged: boolean,
): string[] {
  return databases.flatMap(({ path, check }) => {
    if (check.ok) return [];
    const [finding = "unknown"] = check.findings;
    const message = `database ${quote(path)} in the backup is not sound: ${finding}`;
    if (mayBeDamaged || !isEssential(path)) return [message];
    throw new BackupError("data-corrupt", message, {
      details: { path, findings: check.findings },
      hint: "nothing was changed; restore another backup, or get at this one with --target DIR",
    });
  });
}

function isEssential(path: Path): boolean {
  return /\/(state\/openclaw|openclaw-agent)\.sqlite$/.test(`/${path}`);
}

/**
 * Refuses databases that the installed OpenClaw could not open, because a newer one wrote them.
 * @throws BackupError `version-too-new`
 */
export function assertNotTooNew(
  databases: readonly CheckedDatabase[],
  program: OpenClawProgram | undefined,
): void {
  if (program === undefined) return;
  for (const { path, schema } of databases) {
    if (schema === undefined) continue;
    const { state, agent } = program.schemaVersions;
    const supported = schema.role === "global" ? state : agent;
    if (supported === undefined || schema.userVersion <= supported) continue;
    throw new BackupError(
      "version-too-new",
      `database ${quote(path)} has schema version ${schema.userVersion}, OpenClaw ${program.version} supports ${supported}`,
      {
        details: { path, found: schema.userVersion, supported },
        hint: "update OpenClaw first (openclaw update), or restore an older backup",
      },
    );
  }
}
