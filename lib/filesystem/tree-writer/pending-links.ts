import { lchownSync, linkSync, lutimesSync, symlinkSync } from "node:fs";
import { BackupError, quote } from "../../base/index.ts";
import { fsPath } from "../path.ts";
import { toUtimes } from "../times.ts";
import type { Path } from "../types.ts";
import { attempt } from "./attempt.ts";
import type { Owner } from "./new-file.ts";

interface Symlink {
  readonly type: "symlink";
  readonly target: Path;
  readonly mtimeNs: bigint | undefined;
}

interface Hardlink {
  readonly type: "hardlink";
  /** Path of a regular file in the tree. */
  readonly target: Path;
}

/** The longest text of a symbolic link that Linux stores. */
const MAX_TARGET_BYTES = 4095;

/** Links that are kept back until everything else is written, so that nothing can be written through one. */
export class PendingLinks {
  readonly #links = new Map<Path, Symlink | Hardlink>();

  has(path: Path): boolean {
    return this.#links.has(path);
  }

  /** The regular file to which a recorded hard link leads; undefined for anything else. */
  fileBehind(path: Path): Path | undefined {
    const link = this.#links.get(path);
    return link?.type === "hardlink" ? link.target : undefined;
  }

  addSymlink(path: Path, target: Path, mtimeNs: bigint | undefined): void {
    const bytes = Buffer.byteLength(target);
    if (target === "" || target.includes("\0") || bytes > MAX_TARGET_BYTES) {
      throw new BackupError(
        "data-corrupt",
        `symbolic link ${quote(path)} has a target that no link can have (${bytes} bytes)`,
        { details: { path } },
      );
    }
    this.#links.set(path, { type: "symlink", target, mtimeNs });
  }

  addHardlink(path: Path, target: Path): void {
    this.#links.set(path, { type: "hardlink", target });
  }

  /** Makes hard links first: once a symbolic link stands, no path is resolved any more that could lead through it. */
  make(root: Path, owner: Owner | undefined): void {
    for (const [path, link] of this.#links) {
      if (link.type === "hardlink") {
        attempt(path, () => linkSync(inside(root, link.target), inside(root, path)));
      }
    }
    for (const [path, link] of this.#links) {
      if (link.type === "symlink")
        attempt(path, () => makeSymlink(inside(root, path), link, owner));
    }
  }
}

function makeSymlink(path: string | Buffer, link: Symlink, owner: Owner | undefined): void {
  symlinkSync(fsPath(link.target), path);
  if (owner !== undefined) lchownSync(path, owner.uid, owner.gid);
  if (link.mtimeNs === undefined) return;
  const time = toUtimes(link.mtimeNs);
  lutimesSync(path, time, time);
}

function inside(root: Path, path: Path): string | Buffer {
  return fsPath(`${root}/${path}`);
}
