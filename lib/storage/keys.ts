import { BackupError, quote } from "../base/index.ts";

const MAX_KEY_BYTES = 900;

/**
 * Refuses a key that no storage could keep, or that could name something outside of one.
 * @throws BackupError `invalid-argument`
 */
export function assertKey(key: string): void {
  const problem = findKeyProblem(key);
  if (problem === undefined) return;
  throw new BackupError("invalid-argument", `object key ${quote(key)} ${problem}`, {
    details: { key },
    hint: "keys are relative paths with / between their parts",
  });
}

/** Whether `key` may name an object; listings leave out what other programs stored under names that may not. */
export function isKey(key: string): boolean {
  return findKeyProblem(key) === undefined;
}

function findKeyProblem(key: string): string | undefined {
  if (key === "") return "is empty";
  if (!key.isWellFormed()) return "is not Unicode text";
  if (key.includes("\0")) return "holds a NUL character";
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) return `has ${bytes} bytes, ${MAX_KEY_BYTES} are allowed`;
  const isBad = (part: string): boolean => part === "" || part === "." || part === "..";
  return key.split("/").some(isBad) ? 'has an empty, "." or ".." part' : undefined;
}

/** Orders keys by their UTF-8 bytes, as S3 lists them; JavaScript's own order differs above U+FFFF. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The first segments of keys below `prefix`, each once, in byte order; what `listFolders` gives over `list`. */
export async function foldersOf(
  keys: AsyncIterable<{ readonly key: string }>,
  prefix: string,
): Promise<string[]> {
  const folders = new Set<string>();
  for await (const { key } of keys) {
    const end = key.indexOf("/", prefix.length);
    if (end > 0) folders.add(key.slice(prefix.length, end));
  }
  return [...folders].sort(compareKeys);
}

/** @throws BackupError `invalid-argument` unless `prefix` is empty or ends with `/` */
export function assertFolderPrefix(prefix: string): void {
  if (prefix === "" || prefix.endsWith("/")) return;
  throw new BackupError("invalid-argument", `folder prefix ${quote(prefix)} does not end with "/"`);
}
