/** Where the encrypted data of an OpenPGP message begins. */
export interface EncryptedData {
  /** Of its first encrypted byte in the message. */
  readonly offset: number;
  /** 1: with a modification detection code. 2: with AEAD. */
  readonly version: number;
}

const MARKER = 10;
const PUBLIC_KEY_SESSION_KEY = 1;
const PASSPHRASE_SESSION_KEY = 3;
const PROTECTED_DATA = 18;
const MESSAGE_TAGS: ReadonlySet<number> = new Set([
  ...[PUBLIC_KEY_SESSION_KEY, PASSPHRASE_SESSION_KEY, MARKER, PROTECTED_DATA],
  // Encrypted without and with GnuPG's own AEAD.
  ...[9, 20],
]);
const ARMOR = "-----BEGIN PGP MESSAGE-----";

/** Whether bytes begin an encrypted OpenPGP message, binary or armored; wants the first 32 bytes. */
export function isOpenPgp(head: Uint8Array): boolean {
  if (isArmored(head)) return true;
  const packet = readPacketHeader(head, 0);
  if (packet === undefined || !MESSAGE_TAGS.has(packet.tag)) return false;
  const version = head[packet.start] ?? -1;
  if (packet.tag === PUBLIC_KEY_SESSION_KEY) return version === 3 || version === 6;
  if (packet.tag === PASSPHRASE_SESSION_KEY) return version >= 4 && version <= 6;
  return packet.tag !== PROTECTED_DATA || version === 1 || version === 2;
}

export function isArmored(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 64)).toString("latin1").trimStart().startsWith(ARMOR);
}

/**
 * Finds the integrity-protected data behind the session keys.
 * @returns `more` when the head is too short to tell; undefined when the message is built in another way.
 */
export function findEncryptedData(head: Uint8Array): EncryptedData | "more" | undefined {
  for (let at = 0; at < head.length; ) {
    const packet = readPacketHeader(head, at);
    if (packet === undefined) return head.length - at < MAX_HEADER_BYTES ? "more" : undefined;
    if (packet.tag === PROTECTED_DATA) {
      const version = head[packet.start];
      return version === undefined ? "more" : { offset: packet.start + 1, version };
    }
    if (!MESSAGE_TAGS.has(packet.tag) || packet.length === undefined) return undefined;
    at = packet.start + packet.length;
  }
  return "more";
}

const MAX_HEADER_BYTES = 6;

interface PacketHeader {
  readonly tag: number;
  /** Of the body. */
  readonly start: number;
  /** Of the body; undefined when it comes in parts. */
  readonly length: number | undefined;
}

/**
 * Reads a packet's header, in the old or the new form.
 * @see RFC 9580, section 4.2
 */
function readPacketHeader(bytes: Uint8Array, at: number): PacketHeader | undefined {
  const first = bytes[at];
  if (first === undefined || (first & 0x80) === 0) return undefined;
  const isNew = (first & 0x40) !== 0;
  return isNew
    ? readNewLength(bytes, at + 1, first & 0x3f)
    : readOldLength(bytes, at + 1, { tag: (first >> 2) & 0x0f, form: first & 0x03 });
}

function readNewLength(bytes: Uint8Array, at: number, tag: number): PacketHeader | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 192) return { tag, start: at + 1, length: first };
  if (first >= 224 && first < 255) return { tag, start: at + 1, length: undefined };
  const width = first === 255 ? 4 : 1;
  if (bytes.length < at + 1 + width) return undefined;
  const rest = readNumber(bytes, at + 1, width);
  const length = first === 255 ? rest : (first - 192) * 256 + rest + 192;
  return { tag, start: at + 1 + width, length };
}

function readOldLength(
  bytes: Uint8Array,
  at: number,
  { tag, form }: { readonly tag: number; readonly form: number },
): PacketHeader | undefined {
  if (form === 3) return { tag, start: at, length: undefined };
  const width = 2 ** form;
  if (bytes.length < at + width) return undefined;
  return { tag, start: at + width, length: readNumber(bytes, at, width) };
}

function readNumber(bytes: Uint8Array, at: number, width: number): number {
  return bytes.subarray(at, at + width).reduce((sum, byte) => sum * 256 + byte, 0);
}
