import type { ErrorCode } from "../../base/index.ts";
import type { PackBlob } from "../types.ts";

/** A part of a pack that is to be opened. Its memory is transferred. */
export interface ToThread {
  readonly number: number;
  readonly stored: Uint8Array;
  /** Where it begins in the pack. */
  readonly offsetBytes: number;
  readonly blobs: readonly PackBlob[];
  /** Of all plaintext together. */
  readonly plainBytes: number;
}

/** What became of a blob: where its plaintext lies in the answer's memory, or what is wrong with it. */
export type Outcome =
  | { readonly offsetBytes: number; readonly lengthBytes: number }
  | {
      readonly code: ErrorCode;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    };

/** The answer to a part. Its memory is transferred. */
export interface FromThread {
  readonly number: number;
  readonly plain: ArrayBuffer;
  /** One for each blob, in their order. */
  readonly outcomes: readonly Outcome[];
}
