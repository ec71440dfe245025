import { randomBytes } from "node:crypto";
import { z } from "zod";
import { BackupError, isBackupError, KIB } from "../base/index.ts";
import type { CallOptions, ObjectStorage } from "../storage/index.ts";
import { isIrreducible, POLYNOMIAL_DEGREE, randomPolynomial } from "./chunker/index.ts";
import { isId } from "./stored-file/index.ts";
import type { RepositoryConfig, Sealer } from "./types.ts";

/** The one object that is named by what it is, not by its hash. */
const KEY = "config";
/** It has 187 bytes. */
const MAX_CONFIG_BYTES: number = 64 * KIB;

/** The `config` object as stored, still encrypted: it is read before the password is known, because it says whether there is a repository. */
export type SealedConfig = Uint8Array;

function buildSchema() {
  return z.object({
    version: z.number().int().nonnegative(),
    id: z.string().refine(isId, "expected 64 hex digits"),
    chunker_polynomial: z.string().regex(/^[0-9a-f]{1,16}$/),
  });
}

let schema: ReturnType<typeof buildSchema> | undefined;

/**
 * Makes the config of a new repository: version 2, with a random id.
 * @param chunkerPolynomial - That of another repository, for copies whose files are cut at the same places. @default a random one
 */
export function createConfig(chunkerPolynomial: bigint = randomPolynomial()): RepositoryConfig {
  return { version: 2, id: randomBytes(32).toString("hex"), chunkerPolynomial };
}

/**
 * Reads the config as stored.
 * @throws BackupError `repository-not-found`; what the storage throws
 */
export async function loadConfig(
  storage: ObjectStorage,
  options: CallOptions = {},
): Promise<SealedConfig> {
  try {
    return await storage.get(KEY, MAX_CONFIG_BYTES, options);
  } catch (error) {
    throw isBackupError(error, "storage-object-not-found") ? isAbsent(storage, error) : error;
  }
}

/** Whether there is a config. */
export async function hasConfig(
  storage: ObjectStorage,
  options: CallOptions = {},
): Promise<boolean> {
  return (await storage.find(KEY, options)) !== undefined;
}

/**
 * Stores the config of a new repository, the last step that makes it one.
 * @throws BackupError `repository-exists` when another client was faster
 */
export async function saveConfig(
  storage: ObjectStorage,
  config: RepositoryConfig,
  sealer: Sealer,
  options: CallOptions = {},
): Promise<void> {
  const sealed = sealer.seal(encodeConfig(config));
  decodeConfig(sealed, sealer);
  try {
    await storage.put(KEY, sealed, { ...options, ifAbsent: true });
  } catch (error) {
    throw isBackupError(error, "storage-conflict") ? repositoryExists(storage, error) : error;
  }
}

/** The JSON of a config, never compressed. */
function encodeConfig({ version, id, chunkerPolynomial }: RepositoryConfig): Buffer {
  const document = { version, id, chunker_polynomial: chunkerPolynomial.toString(16) };
  return Buffer.from(JSON.stringify(document));
}

/**
 * Decrypts and reads a config.
 * @throws BackupError `data-corrupt`, `version-too-new`, `unsupported-format`
 */
export function decodeConfig(sealed: SealedConfig, sealer: Sealer): RepositoryConfig {
  schema ??= buildSchema();
  const result = schema.safeParse(parseJson(openSealed(sealed, sealer)));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw isCorrupt(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "?"}`);
  }
  const { version, id } = result.data;
  if (version !== 1 && version !== 2) throw isOtherVersion(version);
  const chunkerPolynomial = BigInt(`0x${result.data.chunker_polynomial}`);
  if (chunkerPolynomial >> BigInt(POLYNOMIAL_DEGREE) !== 1n || !isIrreducible(chunkerPolynomial)) {
    throw isCorrupt(
      `its chunker polynomial is not an irreducible one of degree ${POLYNOMIAL_DEGREE}`,
    );
  }
  return { version, id, chunkerPolynomial };
}

function openSealed(sealed: SealedConfig, sealer: Sealer): Buffer {
  try {
    return sealer.open(sealed);
  } catch (error) {
    throw isBackupError(error) ? isCorrupt(error.message, error) : error;
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw isCorrupt("it is not JSON", error);
  }
}

function isOtherVersion(version: number): BackupError {
  const details = { expected: [1, 2], found: version };
  const message = `repository has version ${version}, known are 1 and 2`;
  return version > 2
    ? new BackupError("version-too-new", message, { details, hint: "update Clawback" })
    : new BackupError("unsupported-format", message, { details });
}

function isCorrupt(what: string, cause?: unknown): BackupError {
  return new BackupError("data-corrupt", `repository config is damaged: ${what}`, {
    hint: "restore the object config from another copy of this repository",
    cause,
  });
}

function isAbsent({ location }: ObjectStorage, cause: unknown): BackupError {
  return new BackupError("repository-not-found", `no repository in ${location}: it has no config`, {
    details: { location },
    hint: "check the storage and its prefix, or create a repository there",
    cause,
  });
}

/** There is a repository already where one was to be created. */
export function repositoryExists({ location }: ObjectStorage, cause?: unknown): BackupError {
  return new BackupError("repository-exists", `there is a repository in ${location} already`, {
    details: { location },
    hint: "open it with its password, or choose another prefix",
    cause,
  });
}
