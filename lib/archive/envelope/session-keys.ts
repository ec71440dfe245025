import type { DecryptedSessionKey, Message, SessionKey } from "openpgp";
import { BackupError } from "../../base/index.ts";
import type { DecryptOptions } from "../types.ts";
import { readPrivateKeys } from "./keys.ts";
import { type MessageStart, TAGS } from "./packets.ts";
import { decryptStart, isAes, PREFIX_BYTES } from "./protected-data.ts";

/**
 * Finds the session keys that may open a message: those that passphrases and private keys lead to, less those that cannot be.
 *
 * A wrong passphrase leads to some key as often as not, and nothing else tells it from a damaged message. So a key is checked by the two bytes
 * that are repeated at the start of the data, as gpg does it (a wrong one passes once in 65,536 times); a key of another cipher than AES
 * counts only when the message names that cipher.
 * @throws BackupError `wrong-password` when there is none; `invalid-argument`
 */
export async function findSessionKeys(
  start: MessageStart,
  options: DecryptOptions,
): Promise<SessionKey[]> {
  const message = await messageOf(start);
  const byPassphrase = await keysByPassphrase(message, options);
  const byPrivateKey = await keysByPrivateKey(message, options);
  const fitting = hasIntegrityCode(start)
    ? [...byPassphrase.filter((key) => isNamed(key, start)), ...byPrivateKey].filter((key) =>
        doesFit(key, start),
      )
    : [...byPassphrase, ...byPrivateKey];
  if (fitting.length > 0) return fitting;
  throw nothingFits();
}

/** Whether a message is of the usual form; others tell a wrong passphrase by themselves. */
export function hasIntegrityCode({ tag, data }: MessageStart): boolean {
  return tag === TAGS.protected && data[0] === 1;
}

export function nothingFits(cause?: unknown): BackupError {
  const message = "encrypted data: no passphrase or key given opens it";
  const hint = "give the passphrase or the private key that it was encrypted for";
  return new BackupError("wrong-password", message, { hint, cause });
}

function isNamed(key: SessionKey, start: MessageStart): boolean {
  return isAes(key) || declaredCiphers(start).has(key.algorithm);
}

/** Whether the data's start does not speak against a key. */
function doesFit(key: SessionKey, { data }: MessageStart): boolean {
  if (!isAes(key) || data.length <= PREFIX_BYTES) return true;
  const plain = decryptStart(key, data.subarray(1, 1 + PREFIX_BYTES));
  return plain[14] === plain[16] && plain[15] === plain[17];
}

/** The session keys' packets as a message of their own, for OpenPGP.js. */
async function messageOf({ sessionKeys }: MessageStart): Promise<Message<Uint8Array>> {
  const { readMessage } = await import("openpgp");
  const packets = sessionKeys.map(({ tag, body }) => packetOf(tag, body));
  const empty = packetOf(TAGS.protected, Buffer.alloc(1 + PREFIX_BYTES + 22, 1));
  return await readMessage({ binaryMessage: Buffer.concat([...packets, empty]) });
}

function packetOf(tag: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt8(0xc0 | tag, 0);
  header.writeUInt8(0xff, 1);
  header.writeUInt32BE(body.length, 2);
  return Buffer.concat([header, body]);
}

async function keysByPassphrase(
  message: Message<Uint8Array>,
  { passphrases }: DecryptOptions,
): Promise<SessionKey[]> {
  if (passphrases.length === 0) return [];
  const { decryptSessionKeys } = await import("openpgp");
  const passwords = passphrases.map((passphrase) => passphrase.reveal());
  return asSessionKeys(await decryptSessionKeys({ message, passwords }).catch(() => []));
}

async function keysByPrivateKey(
  message: Message<Uint8Array>,
  { privateKeys, passphrases }: DecryptOptions,
): Promise<SessionKey[]> {
  if (privateKeys.length === 0) return [];
  const { decryptSessionKeys } = await import("openpgp");
  const decryptionKeys = await readPrivateKeys(privateKeys, passphrases);
  return asSessionKeys(await decryptSessionKeys({ message, decryptionKeys }).catch(() => []));
}

function asSessionKeys(keys: readonly DecryptedSessionKey[]): SessionKey[] {
  return keys.map(({ data, algorithm }) => ({ data, algorithm }) as SessionKey);
}

/** Ciphers that packets of passphrases name in the clear. @see RFC 9580, section 9.3 */
function declaredCiphers({ sessionKeys }: MessageStart): ReadonlySet<string> {
  const names: Readonly<Record<number, string>> = {
    ...{ 1: "idea", 2: "tripledes", 3: "cast5", 4: "blowfish", 10: "twofish" },
  };
  const declared = sessionKeys
    .filter(({ tag }) => tag === TAGS.passphraseSession)
    .map(({ body }) => names[body[1] ?? 0] ?? "");
  return new Set(declared);
}
