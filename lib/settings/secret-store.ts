import { z } from "zod";
import { BackupError, quote, type Secret } from "../base/index.ts";
import { makeDirectory, publishFile } from "../filesystem/index.ts";
import { checkValue } from "./checked-value.ts";
import { assertKnownVersion } from "./file-version.ts";
import { readHomeFile, writingHome } from "./home.ts";
import { lockHomeFile } from "./home-lock.ts";
import { parseJsonText } from "./json-text.ts";
import { pathsOfHome } from "./paths.ts";
import { openSecret, type SealedSecret, sealSecret } from "./secret-cipher.ts";
import { loadOrCreateSecretKey, loadSecretKey, type SecretKeyOptions } from "./secret-key.ts";

const SECRETS_VERSION = 1;
const MAX_SECRETS_BYTES = 1024 * 1024;
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,127}$/;

/** Made when it is needed: building a schema takes milliseconds of every command. */
const secretsFile = () =>
  z.strictObject({
    version: z.literal(SECRETS_VERSION),
    secrets: z.record(
      z.string().regex(NAME, "expected the name of a secret"),
      z.strictObject({ key: z.string().max(64), data: z.base64().max(256 * 1024) }),
    ),
  });

/** The encrypted secrets of one home (`secrets.json`, 0600). */
export interface SecretStore {
  /**
   * @returns undefined when there is none of that name.
   * @throws BackupError `wrong-password` (encrypted under another key), `data-corrupt` (changed since), `not-configured` (the key is gone),
   *   `invalid-settings`, `home-unusable`
   */
  loadSecret(name: string): Secret | undefined;
  /** Encrypts and stores a secret, replacing one of that name. Makes the key file when there is no key yet. */
  saveSecret(name: string, secret: Secret): Promise<void>;
  /** Removes a secret; one that is not there is no error. Needs no key. */
  removeSecret(name: string): Promise<void>;
}

/** The name under which the secret half of a storage's stored key lies. */
export function storageSecretName(storageId: string): string {
  return `storage.${storageId}.secret-access-key`;
}

/** Opens the secrets of a home; nothing is read before it is asked for. */
export function openSecretStore(options: SecretKeyOptions): SecretStore {
  const change = (edit: (secrets: Map<string, SealedSecret>) => Promise<void> | void) =>
    changeSecrets(options.home, edit);
  return {
    loadSecret(name) {
      const sealed = readSecrets(options.home).get(name);
      if (sealed === undefined) return undefined;
      const key = loadSecretKey(options);
      if (key === undefined) throw keyIsGone(options.home);
      return openSecret(name, sealed, key);
    },
    async saveSecret(name, secret) {
      assertSecretName(name);
      await change(async (secrets) => {
        const key = await loadOrCreateSecretKey(options);
        const sealed = sealSecret(name, secret, key);
        assertReadsBack(name, secret, openSecret(name, sealed, key));
        secrets.set(name, sealed);
      });
    },
    async removeSecret(name) {
      if (!readSecrets(options.home).has(name)) return;
      await change((secrets) => {
        secrets.delete(name);
      });
    },
  };
}

async function changeSecrets(
  home: string,
  edit: (secrets: Map<string, SealedSecret>) => Promise<void> | void,
): Promise<void> {
  const paths = pathsOfHome(home);
  await writingHome(home, async () => {
    makeDirectory(home);
    await using _lock = await lockHomeFile(paths.secretsLock);
    const secrets = readSecrets(home);
    await edit(secrets);
    const file = { version: SECRETS_VERSION, secrets: Object.fromEntries(secrets) };
    await publishFile(paths.secrets, `${JSON.stringify(file, null, 2)}\n`, {
      mode: 0o600,
      replace: true,
    });
  });
}

function readSecrets(home: string): Map<string, SealedSecret> {
  const path = pathsOfHome(home).secrets;
  const source = readHomeFile(home, path, MAX_SECRETS_BYTES);
  if (source === undefined) return new Map();
  const label = `secrets file ${quote(path)}`;
  const value = parseJsonText(source, label);
  assertKnownVersion(value, SECRETS_VERSION, label);
  const fieldsAt = () => ["version", "secrets", "key", "data"];
  const file = checkValue<z.infer<ReturnType<typeof secretsFile>>>(value, secretsFile(), {
    label,
    fieldsAt,
  });
  return new Map(Object.entries(file.secrets));
}

function assertSecretName(name: string): void {
  if (NAME.test(name)) return;
  throw new BackupError("invalid-argument", `secret name ${quote(name)} is not usable`);
}

/** A lone surrogate would be stored as another character; that is found now, not on the day the secret is needed. */
function assertReadsBack(name: string, secret: Secret, reread: Secret): void {
  if (reread.reveal() === secret.reveal()) return;
  throw new BackupError("invalid-argument", `secret ${quote(name)} is not valid text`);
}

function keyIsGone(home: string): BackupError {
  const path = pathsOfHome(home).secretKey;
  return new BackupError(
    "not-configured",
    `the key of the secrets in home ${quote(home)} is gone`,
    {
      details: { home, path },
      hint: `set CLAWBACK_ENCRYPTION_KEY, put ${quote(path)} back, or enter the credentials again`,
    },
  );
}
