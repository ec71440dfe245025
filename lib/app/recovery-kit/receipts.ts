import { createHash, randomInt } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { RECOVERY_KIT } from "../../../templates/recovery-kit.ts";
import { BackupError, isBackupError, KIB } from "../../base/index.ts";
import { repositoryPrefix } from "../../catalog/index.ts";
import { lockFile, publishFile, readTextIfExists } from "../../filesystem/index.ts";
import type { AppContext } from "../context.ts";
import { usingHome } from "../home.ts";
import type { OpenStorage } from "../storages.ts";

/** A kit that was printed, as the home remembers it: neither its passphrase nor its word. */
export interface KitReceipt {
  readonly id: string;
  readonly storage: string;
  readonly instance: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The key file that the passphrase on the page opens; absent when none is on it. */
  readonly passwordId?: string | undefined;
  readonly wordHash: string;
  /** When somebody typed the word of the page. */
  readonly confirmedAt?: string | undefined;
}

const VERSION = 1;
const MAX_BYTES: number = 256 * KIB;
const MAX_RECEIPTS = 50;

function buildSchema() {
  const receipt = z.object({
    ...{ id: z.string(), storage: z.string(), instance: z.string(), createdAt: z.string() },
    ...{ passwordId: z.string().optional(), wordHash: z.string() },
    confirmedAt: z.string().optional(),
  });
  return z.object({ version: z.literal(VERSION), kits: z.array(receipt).max(1000) });
}

/** A word for a page. */
export function chooseWord(): string {
  const words = RECOVERY_KIT.words.trim().split(/\s+/);
  return words[randomInt(words.length)] ?? "acorn";
}

/** Remembers a page that was just made. */
export async function recordKit(
  app: AppContext,
  kit: Omit<KitReceipt, "wordHash">,
  word: string,
): Promise<void> {
  const receipt = { ...kit, wordHash: hashOf(kit.id, word) };
  await changeReceipts(app, (kits) => [...kits, receipt].slice(-MAX_RECEIPTS));
}

/**
 * Notes that somebody has the page whose word this is.
 * @throws BackupError `invalid-argument` when no page made here has it
 */
export async function confirmKit(app: AppContext, word: string): Promise<KitReceipt> {
  const typed = word.trim().toLowerCase();
  let confirmed: KitReceipt | undefined;
  await changeReceipts(app, (kits) => {
    const found = kits.findLast(({ id, wordHash }) => wordHash === hashOf(id, typed));
    if (found === undefined) {
      throw new BackupError("invalid-argument", "no recovery kit made here has this word", {
        hint: "it stands at the foot of the page; make a new one with: clawback key export --with-passphrase",
      });
    }
    confirmed = { ...found, confirmedAt: found.confirmedAt ?? app.clock.now().toISOString() };
    return kits.map((kit) => (kit === found ? (confirmed as KitReceipt) : kit));
  });
  return confirmed as KitReceipt;
}

/**
 * The newest confirmed page whose passphrase opens the repository; undefined when there is none. `isStale`: there is one, and its
 * passphrase opens nothing any more.
 */
export async function findConfirmedKit(
  app: AppContext,
  { id, storage }: OpenStorage,
  instance: string,
): Promise<{ readonly kit: KitReceipt; readonly isStale: boolean } | undefined> {
  const own = readReceipts(app).filter(
    (kit) => kit.storage === id && kit.instance === instance && kit.passwordId !== undefined,
  );
  const confirmed = own.filter(({ confirmedAt }) => confirmedAt !== undefined).toReversed();
  for (const kit of confirmed) {
    const keyFile = `${repositoryPrefix(instance)}keys/${kit.passwordId}`;
    const isThere = (await storage.find(keyFile, { signal: app.signal })) !== undefined;
    if (isThere) return { kit, isStale: false };
  }
  const [newest] = confirmed;
  return newest && { kit: newest, isStale: true };
}

/** Oldest first; none when they cannot be read, because a page can be printed again. */
export function readReceipts({ settings }: AppContext): readonly KitReceipt[] {
  try {
    const text = readTextIfExists(fileOf(settings.home), MAX_BYTES);
    const result = buildSchema().safeParse(text === undefined ? undefined : JSON.parse(text));
    return result.success ? result.data.kits : [];
  } catch (error) {
    if (isBackupError(error) || error instanceof SyntaxError) return [];
    throw error;
  }
}

async function changeReceipts(
  app: AppContext,
  change: (kits: readonly KitReceipt[]) => readonly KitReceipt[],
): Promise<void> {
  const { home, isConfigured } = app.settings;
  if (!isConfigured) {
    throw new BackupError("not-configured", "there is no home, so there is nothing to recover", {
      hint: "begin with: clawback setup",
    });
  }
  await usingHome(home, async () => {
    await using _lock = await lockFile(`${fileOf(home)}.lock`, app.clock);
    const kits = change(readReceipts(app));
    const text = `${JSON.stringify({ version: VERSION, kits }, null, 2)}\n`;
    await publishFile(fileOf(home), text, { mode: 0o600, replace: true });
  });
}

function fileOf(home: string): string {
  return join(home, "recovery-kits.json");
}

function hashOf(id: string, word: string): string {
  return createHash("sha256").update(`${id} ${word}`).digest("hex");
}
