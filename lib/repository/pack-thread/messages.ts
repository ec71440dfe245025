import type { ErrorCode } from "../../base/index.ts";
import type { FinishedPack } from "../pack/index.ts";
import type { BlobType, Id, MasterKey } from "../types.ts";

/** What a thread is started with. */
export interface ThreadSetup {
  readonly type: BlobType;
  readonly masterKey: MasterKey;
  readonly packBytes: number | undefined;
}

/** A blob in the bytes of a batch. */
export interface BatchedBlob {
  readonly id: Id;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** Of zstd; undefined for the usual one. */
  readonly level: number | undefined;
}

export type ToThread =
  /** `memory` is transferred, and comes back with `done`. */
  | {
      readonly type: "batch";
      readonly memory: ArrayBuffer;
      readonly blobs: readonly BatchedBlob[];
    }
  /** The memory of a pack that is stored, transferred, for a next one. */
  | { readonly type: "spare"; readonly memory: ArrayBuffer }
  | { readonly type: "finish" };

export type FromThread =
  /** Its memory is transferred. */
  | { readonly type: "pack"; readonly pack: FinishedPack }
  | { readonly type: "done"; readonly memory: ArrayBuffer }
  | { readonly type: "finished" }
  | {
      readonly type: "failed";
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    };
