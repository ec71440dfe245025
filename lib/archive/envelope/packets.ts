import { ByteSource } from "../byte-source.ts";
import { PacketReader } from "./packet-reader.ts";

/** Packet tags. @see RFC 9580, section 5 */
export const TAGS = {
  publicKeySession: 1,
  signature: 2,
  passphraseSession: 3,
  onePassSignature: 4,
  compressed: 8,
  /** Encrypted without protection against changes. */
  unprotected: 9,
  marker: 10,
  literal: 11,
  /** Encrypted and protected; version 1 with a modification detection code, version 2 with AEAD. */
  protected: 18,
  /** GnuPG's own AEAD. */
  aead: 20,
  padding: 21,
} as const;

const MESSAGE_TAGS: ReadonlySet<number> = new Set([
  ...[TAGS.publicKeySession, TAGS.passphraseSession, TAGS.marker],
  ...[TAGS.protected, TAGS.unprotected, TAGS.aead],
]);
const ARMOR = "-----BEGIN PGP MESSAGE-----";

/** Whether bytes begin an encrypted OpenPGP message, binary or armored; wants the first 64 bytes. */
export function isOpenPgp(head: Uint8Array): boolean {
  if (isArmored(head)) return true;
  const packet = packetAt(head);
  if (packet === undefined || !MESSAGE_TAGS.has(packet.tag)) return false;
  const version = head[packet.start] ?? -1;
  if (packet.tag === TAGS.publicKeySession) return version === 3 || version === 6;
  if (packet.tag === TAGS.passphraseSession) return version >= 4 && version <= 6;
  return packet.tag !== TAGS.protected || version === 1 || version === 2;
}

export function isArmored(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 64)).toString("latin1").trimStart().startsWith(ARMOR);
}

/** What stands before the encrypted data of a message, and how that data begins. */
export interface MessageStart {
  /** Bodies of the packets that hold session keys. */
  readonly sessionKeys: readonly { readonly tag: number; readonly body: Uint8Array }[];
  /** The tag of the packet with the encrypted data. */
  readonly tag: number;
  /** Its version and first encrypted bytes, as far as the head goes. */
  readonly data: Uint8Array;
}

/**
 * Reads a message up to its encrypted data.
 * @returns undefined when the head ends before that.
 * @throws BackupError `data-corrupt`
 */
export async function readMessageStart(head: Uint8Array): Promise<MessageStart | undefined> {
  const source = new ByteSource(once(head), "encrypted data");
  const packets = new PacketReader(source);
  const sessionKeys: { tag: number; body: Uint8Array }[] = [];
  for (;;) {
    const tag = await packets.next();
    if (tag === undefined) return undefined;
    const isSessionKey = tag === TAGS.publicKeySession || tag === TAGS.passphraseSession;
    if (isSessionKey) sessionKeys.push({ tag, body: await packets.takeAll() });
    else if (tag !== TAGS.marker && tag !== TAGS.padding) {
      return { sessionKeys, tag, data: (await packets.read()) ?? new Uint8Array(0) };
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

/** The tag and the start of the body of the packet that begins these bytes. */
function packetAt(bytes: Uint8Array): { tag: number; start: number } | undefined {
  const [first = 0, second = 0] = bytes;
  if ((first & 0x80) === 0) return undefined;
  if ((first & 0x40) === 0) {
    const form = first & 0x03;
    return { tag: (first >> 2) & 0x0f, start: form === 3 ? 1 : 1 + 2 ** form };
  }
  const isOneByte = second < 192 || (second >= 224 && second < 255);
  const width = isOneByte ? 1 : second === 255 ? 5 : 2;
  return { tag: first & 0x3f, start: 1 + width };
}
