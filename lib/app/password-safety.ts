import type { AppContext } from "./context.ts";
import { findConfirmedKit } from "./recovery-kit/index.ts";
import {
  findWraps,
  loadKeptPassword,
  repositoryStorage,
  wrappingKey,
} from "./repositories/index.ts";
import type { OpenStorage } from "./storages.ts";

/** What is known of where else than on this machine the password of a repository exists. */
export interface PasswordSafety {
  /**
   * - `wrapped`: KMS has encrypted it beside the repository, and has decrypted it once.
   * - `kit`: it was shown on a recovery kit, and somebody confirmed that he has the page.
   * - `only-here`: this home made it and keeps it, and nothing proves that anybody else has it. Another password that opens the repository
   *   proves nothing: it may be this machine's as well.
   * - `configured`: the user gave it, and nothing is known of it.
   */
  readonly state: "wrapped" | "kit" | "only-here" | "configured";
  readonly keyArn?: string | undefined;
  readonly wrappedAt?: string | undefined;
  /** When the receipt of the kit was confirmed, for `kit`. */
  readonly confirmedAt?: string | undefined;
  /** Wrapped passwords that cannot be read or open nothing any more. */
  readonly problems: readonly string[];
  /** What to do, for `only-here`. */
  readonly hint?: string | undefined;
}

/**
 * Looks at what the storage and the home hold; KMS is not asked.
 * @returns undefined where there is no repository
 * @throws BackupError what the storage throws; `not-configured`, `wrong-password` when the home's secrets cannot be read
 */
export async function readPasswordSafety(
  app: AppContext,
  place: OpenStorage,
  instance: string,
): Promise<PasswordSafety | undefined> {
  const { signal } = app;
  const config = await repositoryStorage(place, instance).find("config", { signal });
  if (config === undefined) return undefined;
  const { live, stale, problems } = await findWraps(app, place, instance);
  const [newest] = live;
  if (newest !== undefined) {
    const { keyArn, createdAt } = newest;
    return { state: "wrapped", keyArn, wrappedAt: createdAt, problems: [] };
  }
  const told = [
    ...problems.map(({ message }) => message),
    ...stale.slice(0, 1).map(({ keyArn }) => {
      return `the password that KMS key ${keyArn} wrapped no longer opens the repository`;
    }),
  ];
  const confirmed = await findConfirmedKit(app, place, instance);
  if (confirmed?.isStale === false) {
    return { state: "kit", confirmedAt: confirmed.kit.confirmedAt, problems: told };
  }
  if (confirmed !== undefined) {
    const day = confirmed.kit.createdAt.slice(0, 10);
    told.push(`the passphrase on the recovery kit of ${day} no longer opens the repository`);
  }
  if (loadKeptPassword(app, place.id, instance) === undefined) {
    return { state: "configured", problems: told };
  }
  const flag = wrappingKey(place.settings) === undefined ? " --kms-key KEY" : "";
  const hint = `clawback key export --with-passphrase --storage ${place.id}, or clawback repository password wrap --storage ${place.id}${flag}`;
  return { state: "only-here", problems: told, hint };
}
