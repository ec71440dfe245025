import { BackupError } from "../base/index.ts";
import type { ByteRange } from "./contract.ts";

/** A range cut to an object: from `start` up to but not including `end`; empty when it lies behind the end. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts a range to an object's size. A range that reaches over the end gives what there is, one behind it nothing.
 * @throws BackupError `invalid-argument` for numbers that are negative or not whole
 */
export function resolveRange(range: ByteRange | undefined, sizeBytes: number): ByteSpan {
  if (range === undefined) return { start: 0, end: sizeBytes };
  assertRange(range);
  const start = Math.min(range.offsetBytes, sizeBytes);
  const end = range.lengthBytes === undefined ? sizeBytes : start + range.lengthBytes;
  return { start, end: Math.min(end, sizeBytes) };
}

/** @throws BackupError `invalid-argument` */
export function assertRange({ offsetBytes, lengthBytes }: ByteRange): void {
  const isSize = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
  if (isSize(offsetBytes) && (lengthBytes === undefined || isSize(lengthBytes))) return;
  throw new BackupError(
    "invalid-argument",
    `byte range from ${offsetBytes} of length ${lengthBytes} is not usable`,
  );
}
