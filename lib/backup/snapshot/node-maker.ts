import { BackupError, quote } from "../../base/index.ts";
import {
  type FileStat,
  type OwnerNames,
  type Path,
  readOwnerNames,
} from "../../filesystem/index.ts";
import { createNode, type FileFacts, type Node, type NodeContent } from "../../repository/index.ts";

/** Makes the nodes of trees as restic would, with the names of owners. */
export class NodeMaker {
  readonly #owners: OwnerNames = readOwnerNames();

  /** @throws BackupError `internal` for a device, which no capture gives */
  make(path: Path, stat: FileStat, content: NodeContent): Node {
    return createNode(nameOf(path), assertStorable(path, stat), {
      user: this.#owners.userName(stat.uid),
      group: this.#owners.groupName(stat.gid),
      ...content,
    });
  }
}

/** The last segment of a path. */
export function nameOf(path: Path): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function assertStorable(path: Path, stat: FileStat): FileFacts {
  const { type } = stat;
  if (type !== "device") return { ...stat, type };
  throw new BackupError("internal", `${quote(path)} is a device, which cannot be stored`);
}
