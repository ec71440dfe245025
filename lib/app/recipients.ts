import { resolve } from "node:path";
import { describePublicKeys } from "../archive/index.ts";
import { BackupError, isBackupError, quote } from "../base/index.ts";
import { saveSettings } from "../settings/index.ts";
import type { AppContext } from "./context.ts";
import { readKeyFile } from "./passwords.ts";

/** A public key to which every archive is encrypted. */
export interface Recipient {
  /** The file that holds it. */
  readonly path: string;
  /** 40 or 64 upper-case hex digits; empty when the file cannot be read. */
  readonly fingerprint: string;
  readonly users: readonly string[];
  /** Why archives cannot be made with it. */
  readonly problem?: string | undefined;
}

/** The configured recipients; one whose file is gone is told, not thrown. */
export async function listRecipients({ settings }: AppContext): Promise<readonly Recipient[]> {
  const found: Recipient[] = [];
  for (const path of settings.recipients) {
    try {
      found.push(...(await readRecipients(path)));
    } catch (error) {
      if (!isBackupError(error) || error.category === "control") throw error;
      found.push({ path, fingerprint: "", users: [], problem: error.message });
    }
  }
  return found;
}

/**
 * Lets every archive from now on be opened by the private keys of a file of public ones.
 * @throws BackupError `path-not-found`; `invalid-argument` for a key that cannot be used
 */
export async function addRecipient(app: AppContext, path: string): Promise<readonly Recipient[]> {
  const added = await readRecipients(path);
  await saveSettings(app.settings.home, (file) => {
    const others = (file.recipients ?? []).filter((each) => each !== path);
    return { ...file, recipients: [...others, path] };
  });
  return added;
}

/**
 * The file of a configured recipient.
 * @param which - Its path, or the start or end of its fingerprint, at least eight digits.
 * @returns undefined when none fits
 * @throws BackupError `invalid-argument` when several fit
 */
export async function findRecipient(app: AppContext, which: string): Promise<string | undefined> {
  const hex = which.replaceAll(/[\s:]/g, "").replace(/^0x/i, "").toUpperCase();
  const isLong = /^[0-9A-F]{8,}$/.test(hex);
  const fits = (await listRecipients(app)).filter(({ path, fingerprint }) => {
    const isPart = fingerprint.startsWith(hex) || fingerprint.endsWith(hex);
    return path === which || path === resolve(which) || (isLong && isPart);
  });
  const [path, ...others] = new Set(fits.map((recipient) => recipient.path));
  if (others.length === 0) return path;
  throw new BackupError("invalid-argument", `more than one public key fits ${quote(which)}`, {
    hint: "see: clawback key list",
  });
}

/** Takes a recipient out of use; archives that there are stay as they are. @returns its file */
export async function removeRecipient(app: AppContext, path: string): Promise<string> {
  await saveSettings(app.settings.home, ({ recipients = [], ...file }) => {
    const left = recipients.filter((each) => each !== path);
    return left.length === 0 ? file : { ...file, recipients: left };
  });
  return path;
}

async function readRecipients(path: string): Promise<readonly Recipient[]> {
  const keys = await describePublicKeys(readKeyFile(path));
  return keys.map(({ fingerprint, users }) => ({ path, fingerprint, users }));
}
