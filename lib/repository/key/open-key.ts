import {
  assertNotCancelled,
  BackupError,
  count,
  isBackupError,
  type Secret,
} from "../../base/index.ts";
import type { CallOptions, ObjectStorage } from "../../storage/index.ts";
import { listFiles } from "../stored-file/index.ts";
import type { Id, MasterKey } from "../types.ts";
import { concernsOneKey, loadKeyFile } from "./stored-keys.ts";
import { unwrapMasterKey } from "./wrap.ts";

/** Each costs half a second. */
const MAX_KEYS_TRIED = 20;

export interface OpenKeyOptions extends CallOptions {
  /** The key to try first: its id or the beginning of it. */
  readonly hint?: string | undefined;
  /** Throws `data-corrupt` for a master key that is not this repository's: an init that was interrupted may have left one. */
  readonly assertFits?: ((masterKey: MasterKey) => void) | undefined;
}

/** A master key, and which key file it came from. */
export interface OpenedKey {
  readonly id: Id;
  readonly masterKey: MasterKey;
}

/**
 * Opens a repository's master key with a password: tries the hinted key file, then at most 20 others in the order of their ids. A
 * damaged one is passed over as long as another opens.
 * @throws BackupError `wrong-password` when none opens; what `assertFits` threw when only such were opened; `data-missing` when there is none; `data-corrupt`, `unsupported-format` or
 *   `limit-exceeded` when all are unusable; what the storage throws
 */
export async function openKey(
  storage: ObjectStorage,
  password: Secret,
  options: OpenKeyOptions = {},
): Promise<OpenedKey> {
  const failures: BackupError[] = [];
  let misfit: BackupError | undefined;
  for await (const id of candidates(storage, options)) {
    try {
      const masterKey = await openKeyFile(storage, id, password, options);
      const found = misfitOf(masterKey, options);
      if (found === undefined) return { id, masterKey };
      misfit ??= found;
    } catch (error) {
      if (!isBackupError(error) || !mayOthersOpen(error)) throw error;
      failures.push(error);
    }
  }
  throw misfit ?? summarise(failures);
}

function misfitOf(masterKey: MasterKey, { assertFits }: OpenKeyOptions): BackupError | undefined {
  try {
    assertFits?.(masterKey);
    return undefined;
  } catch (error) {
    if (isBackupError(error, "data-corrupt")) return error;
    throw error;
  }
}

/** Opens one key file. */
async function openKeyFile(
  storage: ObjectStorage,
  id: Id,
  password: Secret,
  options: CallOptions,
): Promise<MasterKey> {
  assertNotCancelled(options.signal);
  return await unwrapMasterKey(await loadKeyFile(storage, id, options), password);
}

async function* candidates(
  storage: ObjectStorage,
  { hint, signal }: OpenKeyOptions,
): AsyncGenerator<Id, void, undefined> {
  const ids: Id[] = [];
  let hinted: Id | undefined;
  for await (const { id } of listFiles(storage, "key", { signal })) {
    if (hint !== undefined && hint !== "" && id.startsWith(hint)) hinted ??= id;
    if (ids.length <= MAX_KEYS_TRIED) ids.push(id);
  }
  if (hinted !== undefined) yield hinted;
  yield* ids.filter((id) => id !== hinted).slice(0, MAX_KEYS_TRIED);
}

function mayOthersOpen(error: BackupError): boolean {
  return error.code === "wrong-password" || concernsOneKey(error);
}

function summarise(failures: readonly BackupError[]): BackupError {
  const [first] = failures;
  if (first === undefined) {
    return new BackupError("data-missing", "repository has no key, so no password can open it", {
      hint: "restore the objects below keys/ from another copy of this repository",
    });
  }
  const damaged = failures.filter((error) => error.code !== "wrong-password");
  if (damaged.length === failures.length) return first;
  return new BackupError(
    "wrong-password",
    `password opens none of the ${count(failures.length, "key")} tried`,
    {
      details: { tried: failures.length, unusable: damaged.map((error) => error.message) },
      hint: "check the password; a repository may have several",
      cause: first,
    },
  );
}
