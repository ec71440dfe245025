import { createHash } from "node:crypto";
import { bytesOfText, textOfBytes } from "../../base/index.ts";

/** What every escaped component begins with; a real component that does so is escaped too. */
const ESCAPE_PREFIX = "clawback~";
/** What begins a component whose escape would have been too long for a file name: its own name stands elsewhere. */
const SHORTENED_PREFIX = "clawback~~";
/** The longest file name that Linux and macOS take, in bytes. */
const MAX_NAME_BYTES = 255;
const SHORTENED_TEXT_BYTES = 180;

/**
 * The name under which one path component is stored: itself, or its escape when OpenClaw would refuse it or read another name.
 * Twins in one directory are beyond this function; {@link escapeComponent} is for them.
 */
export function storedNameOf(component: string): string {
  return mustEscape(component) ? escapeComponent(component) : component;
}

/**
 * The escape of a component: `clawback~` and its bytes, of which all but `a-z 0-9 . _ -` stand as `%xx`. Portable ASCII without upper
 * case, so that no two escapes are twins. One that would be longer than a file name may be keeps its beginning and a hash instead;
 * such a name does not lead back by itself (see `records.ts`).
 */
export function escapeComponent(component: string): string {
  const bytes = bytesOfText(component);
  const escaped = ESCAPE_PREFIX + percentEncode(bytes);
  if (escaped.length <= MAX_NAME_BYTES) return escaped;
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
  const start = percentEncode(bytes).slice(0, SHORTENED_TEXT_BYTES).replace(/%.?$/, "");
  return `${SHORTENED_PREFIX}${hash}~${start}`;
}

/** Undoes {@link storedNameOf} for one component; gives it back unchanged when it is no escape that we write. */
export function ownNameOf(storedName: string): string {
  if (!storedName.startsWith(ESCAPE_PREFIX) || isShortened(storedName)) return storedName;
  const own = textOfBytes(percentDecode(storedName.slice(ESCAPE_PREFIX.length)));
  // Only what we would have written ourselves is undone, so that no two stored names mean the same own name.
  return isPlainName(own) && escapeComponent(own) === storedName ? own : storedName;
}

/** Whether a stored component does not lead back to its own name by itself. */
export function isShortened(storedName: string): boolean {
  return storedName.startsWith(SHORTENED_PREFIX);
}

/** Undoes {@link storedNameOf} for each component of a path. */
export function ownPathOf(storedPath: string): string {
  if (!storedPath.includes(ESCAPE_PREFIX)) return storedPath;
  return storedPath.split("/").map(ownNameOf).join("/");
}

/**
 * What OpenClaw's verify refuses or its tar reader changes: a backslash, a drive letter, bytes that are not UTF-8, and a line feed
 * (node-tar drops a pax record that holds one).
 */
function mustEscape(component: string): boolean {
  return /[\\\n]|^[A-Za-z]:|^clawback~/i.test(component) || !component.isWellFormed();
}

/** Whether text can be the name of a directory entry at all. */
function isPlainName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
}

function percentEncode(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    text += /[a-z0-9._-]/.test(character) ? character : `%${byte.toString(16).padStart(2, "0")}`;
  }
  return text;
}

function percentDecode(text: string): Uint8Array {
  const latin = text.replaceAll(/%([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(latin, "latin1");
}
