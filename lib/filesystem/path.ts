import { bytesOfText } from "../base/index.ts";
import type { Path } from "./types.ts";

export {
  bytesOfText as encodePath,
  compareByteText as compareBytes,
  textOfBytes as pathFromBuffer,
} from "../base/index.ts";

/**
 * Gives `node:fs` the form of a path that names exactly its bytes: the string itself, or a Buffer where the path holds
 * bytes that are not UTF-8 (see {@link Path}).
 */
export function fsPath(path: Path): string | Buffer {
  return path.isWellFormed() ? path : bytesOfText(path);
}

/** Whether `path` is `directory` or lies below it. Compares text: both absolute and normalized, links are not resolved. */
export function isSameOrInside(path: Path, directory: Path): boolean {
  if (!path.startsWith(directory)) return false;
  return (
    path.length === directory.length || directory.endsWith("/") || path[directory.length] === "/"
  );
}

/** `directory/name`, without a second slash after `/`. */
export function joinPath(directory: Path, name: Path): Path {
  if (name === "") return directory;
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}
