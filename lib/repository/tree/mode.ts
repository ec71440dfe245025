import type { NodeType } from "./types.ts";

const DIR = 2 ** 31;
const SYMLINK = 1 << 27;
const DEVICE = 1 << 26;
const FIFO = 1 << 25;
const SOCKET = 1 << 24;
const SETUID = 1 << 23;
const SETGID = 1 << 22;
const CHARDEV = 1 << 21;
const STICKY = 1 << 20;
const IRREGULAR = 1 << 19;

const TYPE_BITS: Readonly<Record<NodeType, number>> = {
  file: 0,
  dir: DIR,
  symlink: SYMLINK,
  dev: DEVICE,
  chardev: DEVICE | CHARDEV,
  fifo: FIFO,
  socket: SOCKET,
  irregular: IRREGULAR,
};

/**
 * Go's `os.FileMode` of a node: the low nine bits as the system has them, all else in places of Go's own.
 * @param permissions - As lstat has them, setuid, setgid and sticky included: 0 to 0o7777.
 */
export function modeOf(type: NodeType, permissions: number): number {
  const special =
    (permissions & 0o4000 ? SETUID : 0) |
    (permissions & 0o2000 ? SETGID : 0) |
    (permissions & 0o1000 ? STICKY : 0);
  // Bit 31 makes the sum negative as JavaScript has it.
  return (TYPE_BITS[type] | special | (permissions & 0o777)) >>> 0;
}

/** The inverse of {@link modeOf}: 0 to 0o7777. */
export function permissionsOf(mode: number): number {
  return (
    (mode & SETUID ? 0o4000 : 0) |
    (mode & SETGID ? 0o2000 : 0) |
    (mode & STICKY ? 0o1000 : 0) |
    (mode & 0o777)
  );
}
