import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { toBackupError } from "../../base/index.ts";
import { createSealer } from "../crypto/index.ts";
import { openBlob } from "../pack/index.ts";
import type { MasterKey, PackBlob, Sealer } from "../types.ts";
import type { FromThread, Outcome, ToThread } from "./messages.ts";

/** Opens what comes through the port until it is closed. */
function serveOpening(port: MessagePort, sealer: Sealer): void {
  port.on("message", (part: ToThread) => {
    const plain = new ArrayBuffer(part.plainBytes);
    const outcomes = openAll(part, new Uint8Array(plain), sealer);
    free(part.stored);
    const answer: FromThread = { number: part.number, plain, outcomes };
    port.postMessage(answer, [plain]);
  });
}

/** Left to the garbage collector, some 10 MB more would lie about. */
function free({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

function openAll(
  { stored, offsetBytes, blobs }: ToThread,
  plain: Uint8Array,
  sealer: Sealer,
): Outcome[] {
  let filled = 0;
  const open = (blob: PackBlob): Outcome => {
    const start = blob.offsetBytes - offsetBytes;
    const bytes = openBlob(blob, stored.subarray(start, start + blob.lengthBytes), sealer);
    plain.set(bytes, filled);
    filled += bytes.length;
    return { offsetBytes: filled - bytes.length, lengthBytes: bytes.length };
  };
  return blobs.map((blob) => {
    try {
      return open(blob);
    } catch (error) {
      const { code, message, details } = toBackupError(error);
      return { code, message, details };
    }
  });
}

// Without a parent this is an import, not a thread.
if (parentPort !== null) serveOpening(parentPort, createSealer(workerData as MasterKey));
