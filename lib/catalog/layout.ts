import { BackupError, isBackupError, KIB } from "../base/index.ts";
import type { CallOptions, ObjectStorage } from "../storage/index.ts";
import { LAYOUT_KEY } from "./keys.ts";

/** The layout that this program reads and writes: `<instance>/archives`, `marks`, `probe`, `repository`. */
export const LAYOUT_VERSION = 1;
const MAX_LAYOUT_BYTES: number = 64 * KIB;

/**
 * Makes sure that a storage has the layout of this program; the marker is written when the storage has none.
 *
 * Credentials that are kept to their instance's own folder may be refused the marker. That is no failure: whoever set the
 * storage up wrote it, and a refusal tells nothing of the layout.
 * @throws BackupError `version-too-new`, `data-corrupt`; what the storage throws
 */
export async function ensureLayout(
  storage: ObjectStorage,
  options: CallOptions = {},
): Promise<void> {
  if ((await checkLayout(storage, options)) !== "absent") return;
  const marker = { layout: LAYOUT_VERSION, about: "backups of OpenClaw instances, by Clawback" };
  const body = new TextEncoder().encode(`${JSON.stringify(marker, null, 2)}\n`);
  try {
    await storage.put(LAYOUT_KEY, body, { ...options, ifAbsent: true });
  } catch (error) {
    if (isBackupError(error, "storage-conflict")) await checkLayout(storage, options);
    else if (!isBackupError(error, "storage-access-denied")) throw error;
  }
}

/**
 * Reads the marker and refuses a storage of a newer layout.
 * @returns `unknown` when the marker may not be read.
 * @throws BackupError `version-too-new`, `data-corrupt`; what the storage throws
 */
export async function checkLayout(
  storage: ObjectStorage,
  options: CallOptions = {},
): Promise<"known" | "absent" | "unknown"> {
  try {
    assertKnownLayout(await storage.get(LAYOUT_KEY, MAX_LAYOUT_BYTES, options), storage.location);
    return "known";
  } catch (error) {
    if (isBackupError(error, "storage-object-not-found")) return "absent";
    if (isBackupError(error, "storage-access-denied")) return "unknown";
    throw error;
  }
}

function assertKnownLayout(bytes: Uint8Array, location: string): void {
  const layout = parseLayout(bytes);
  if (layout === undefined) {
    throw new BackupError("data-corrupt", `${LAYOUT_KEY} in ${location} is not readable`, {
      details: { key: LAYOUT_KEY, location },
      hint: `if only this Clawback writes there, remove ${LAYOUT_KEY}; it is written again`,
    });
  }
  if (layout <= LAYOUT_VERSION) return;
  throw new BackupError(
    "version-too-new",
    `${location} has layout ${layout}, and this Clawback knows layout ${LAYOUT_VERSION}`,
    {
      details: { expected: LAYOUT_VERSION, found: layout, location },
      hint: "update Clawback on this machine",
    },
  );
}

function parseLayout(bytes: Uint8Array): number | undefined {
  const layout = parseJson(bytes)?.layout;
  return Number.isInteger(layout) && Number(layout) >= 1 ? Number(layout) : undefined;
}

function parseJson(bytes: Uint8Array): { readonly layout?: unknown } | null | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
