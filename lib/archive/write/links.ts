import { posix } from "node:path";

/** Two ends of the state directory: where it is, and where it stands in the tar. */
export interface StateBoundary {
  readonly sourcePath: string;
  readonly archivePath: string;
}

export interface ExternalLink {
  readonly entryPath: string;
  readonly linkpath: string;
}

/**
 * Whether a link's target leaves the state directory, reckoned as OpenClaw's verify does it: by text alone, an absolute target against
 * the directory's source path, a relative one against its place in the tar. The manifest must list exactly these links.
 */
export function isExternalLink(link: ExternalLink, state: StateBoundary): boolean {
  const relative = posix.isAbsolute(link.linkpath)
    ? posix.relative(state.sourcePath, posix.normalize(link.linkpath))
    : // Both ends get a root, so that the working directory has no say.
      posix.relative(
        `/${state.archivePath}`,
        posix.join("/", posix.dirname(link.entryPath), link.linkpath),
      );
  return relative === ".." || relative.startsWith("../");
}

/**
 * The link target as the tar can hold it. Text is best kept; bytes that are not UTF-8, and a line feed where it needs a pax record
 * (node-tar drops such a record), are replaced: the true target is then in an own record and in the file list.
 */
export function storableTarget(target: string): string {
  if (!target.isWellFormed()) return storableTarget(target.toWellFormed());
  const isPlain = target.length <= 100 && !/[^\0-\x7f]/.test(target);
  return isPlain ? target : target.replaceAll("\n", "\ufffd");
}
