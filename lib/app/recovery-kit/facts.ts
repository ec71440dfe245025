import { BackupError, type Secret } from "../../base/index.ts";
import { repositoryPrefix } from "../../catalog/index.ts";
import type { AppContext } from "../context.ts";
import { readCatalog } from "../reading/index.ts";
import type { Recipient } from "../recipients.ts";
import { listRecipients } from "../recipients.ts";
import { findWraps, openWithPassword, repositoryStorage } from "../repositories/index.ts";
import { targetStateDir } from "../restore.ts";
import type { OpenStorage } from "../storages.ts";

/** Everything that a kit tells of one instance in one storage. */
export interface KitFacts {
  readonly instance: string;
  readonly place: OpenStorage;
  readonly stateDir: string;
  /** The key files of the repository, by the ids of its passwords; undefined where there is no repository. */
  readonly passwordIds: readonly string[] | undefined;
  /** The KMS key that wraps the password beside the repository. */
  readonly wrappedBy: string | undefined;
  /** The object that holds what it wrapped. */
  readonly wrappedKey: string | undefined;
  /** What the page shows, when that was asked for. */
  readonly password: Secret | undefined;
  /** Its key file. */
  readonly passwordId: string | undefined;
  /** Of archives, where it is another one. */
  readonly archivePassword: Secret | undefined;
  readonly archives: "none" | "encrypted" | "plain";
  readonly recipients: readonly Recipient[];
}

export interface KitChoice {
  readonly storage?: string | undefined;
  readonly instance?: string | undefined;
  /** The passphrase stands on the page. @default false */
  readonly withPassphrase?: boolean | undefined;
}

/**
 * Collects what a kit tells; the repository is opened only for its passphrase.
 * @throws BackupError `invalid-argument` when a passphrase is wanted and there is none; `wrong-password`; what the storage throws
 */
export async function readKitFacts(app: AppContext, choice: KitChoice): Promise<KitFacts> {
  const place = await app.storages.open(choice.storage);
  const instance = choice.instance ?? app.settings.instance;
  const passwordIds = await readPasswordIds(app, place, instance);
  const { live } = await findWraps(app, place, instance);
  const shown = choice.withPassphrase ? await readPasswords(app, place, instance, passwordIds) : {};
  return {
    ...{ instance, place, passwordIds, wrappedBy: live[0]?.keyArn, wrappedKey: live[0]?.key },
    ...{ password: undefined, passwordId: undefined, archivePassword: undefined, ...shown },
    stateDir: await targetStateDir(app),
    archives: await readArchives(app, place, instance),
    recipients: await listRecipients(app),
  };
}

async function readPasswordIds(
  { signal }: AppContext,
  place: OpenStorage,
  instance: string,
): Promise<readonly string[] | undefined> {
  const config = await repositoryStorage(place, instance).find("config", { signal });
  if (config === undefined) return undefined;
  const prefix = `${repositoryPrefix(instance)}keys/`;
  const ids: string[] = [];
  for await (const { key } of place.storage.list(prefix, { signal }))
    ids.push(key.slice(prefix.length));
  return ids;
}

async function readPasswords(
  app: AppContext,
  place: OpenStorage,
  instance: string,
  passwordIds: readonly string[] | undefined,
): Promise<Partial<KitFacts>> {
  const configured = app.settings.password;
  if (passwordIds === undefined) {
    if (configured !== undefined) return { password: configured };
    throw new BackupError(
      "invalid-argument",
      `storage ${place.id} holds nothing that a passphrase opens`,
      {
        hint: "take a snapshot first, or set CLAWBACK_PASSWORD_FILE; without --with-passphrase the kit is made all the same",
      },
    );
  }
  const { repository, password } = await openWithPassword(app, place, instance, { mayAsk: true });
  const isOther = configured !== undefined && configured.reveal() !== password.reveal();
  return {
    password,
    passwordId: repository.keys.currentId,
    archivePassword: isOther ? configured : undefined,
  };
}

/** How the newest archive lies there, which the commands without Clawback depend on. */
async function readArchives(
  app: AppContext,
  { id }: OpenStorage,
  instance: string,
): Promise<KitFacts["archives"]> {
  const { backups } = await readCatalog(app, { storage: id, instance, kinds: ["archive"] });
  const [newest] = backups;
  if (newest === undefined) return "none";
  return newest.encrypted ? "encrypted" : "plain";
}
