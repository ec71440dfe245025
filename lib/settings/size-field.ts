import { isBackupError, parseSize } from "../base/index.ts";

/** Whether a field holds a size above nothing: bytes as a number, or a text such as `500M`. */
export function isSize(size: string | number): boolean {
  if (typeof size === "number") return size > 0;
  try {
    return parseSize(size) > 0;
  } catch (error) {
    if (isBackupError(error, "invalid-argument")) return false;
    throw error;
  }
}
