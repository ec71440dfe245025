import {
  type Clock,
  type OnProgress,
  type OperationOptions,
  systemClock,
} from "../../base/index.ts";
import type { FileOperations } from "../../filesystem/index.ts";
import type { PreparedRestore } from "../prepared.ts";

/** `signal` and `onProgress` default to the plan's. */
export interface ApplyRestoreOptions extends OperationOptions {
  /** @default the system's */
  readonly clock?: Clock | undefined;
  /** For tests that record or interrupt the swap. @default the disk */
  readonly operations?: FileOperations | undefined;
}

export interface ResolvedApplyOptions {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress | undefined;
  readonly clock: Clock;
  readonly operations: FileOperations | undefined;
}

export function resolveApplyOptions(
  { options }: PreparedRestore,
  given: ApplyRestoreOptions,
): ResolvedApplyOptions {
  return {
    signal: given.signal ?? options.signal,
    onProgress: given.onProgress ?? options.onProgress,
    clock: given.clock ?? systemClock,
    operations: given.operations,
  };
}
