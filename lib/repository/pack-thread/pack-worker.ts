import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { toBackupError } from "../../base/index.ts";
import { createSealer } from "../crypto/index.ts";
import { type FinishedPack, Packer } from "../pack/index.ts";
import type { FromThread, ThreadSetup, ToThread } from "./messages.ts";

/** Packs what comes through the port until it is closed. After a failure, which is told, nothing more is packed. */
function servePacking(port: MessagePort, { type, masterKey, packBytes }: ThreadSetup): void {
  const packer = new Packer(type, createSealer(masterKey), { packBytes });
  const tell = (message: FromThread, moved: ArrayBuffer[] = []): void =>
    port.postMessage(message, moved);
  const give = (pack: FinishedPack | undefined): void => {
    if (pack !== undefined) tell({ type: "pack", pack }, [pack.bytes.buffer as ArrayBuffer]);
  };

  const work = (message: ToThread): void => {
    switch (message.type) {
      case "batch": {
        const { memory, blobs } = message;
        for (const { id, offsetBytes, lengthBytes, level } of blobs) {
          give(packer.add(id, new Uint8Array(memory, offsetBytes, lengthBytes), { level }));
        }
        tell({ type: "done", memory }, [memory]);
        break;
      }
      case "spare":
        packer.giveBack(new Uint8Array(message.memory));
        break;
      case "finish":
        give(packer.finish());
        tell({ type: "finished" });
        break;
    }
  };

  port.on("message", (message: ToThread) => {
    try {
      work(message);
    } catch (error) {
      port.removeAllListeners("message");
      const { code, message: text, hint } = toBackupError(error);
      tell({ type: "failed", code, message: text, hint });
    }
  });
}

// Without a parent this is an import, not a thread.
if (parentPort !== null) servePacking(parentPort, workerData as ThreadSetup);
