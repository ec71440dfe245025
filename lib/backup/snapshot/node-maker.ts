import { BackupError, quote } from "../../base/index.ts";
import {
  type FileStat,
  type OwnerNames,
  type Path,
  readOwnerNames,
} from "../../filesystem/index.ts";
import {
  createNode,
  encodeNode,
  type FileFacts,
  modeOf,
  type Node,
  type NodeContent,
} from "../../repository/index.ts";

/** Makes the nodes of trees as restic would, with the names of owners. */
export class NodeMaker {
  readonly #owners: OwnerNames = readOwnerNames();

  /**
   * @param before - The node of the same path in the snapshot before: given back, itself, when the new one would be equal.
   * @throws BackupError `internal` for a device, which no capture gives
   */
  make(path: Path, stat: FileStat, content: NodeContent, before?: Node | undefined): Node {
    const node = this.#create(path, stat, content);
    return before !== undefined && encodeNode(before) === encodeNode(node) ? before : node;
  }

  /** The node of a file whose content, size, times and inode are as they were: nearly always the one before. */
  keep(path: Path, stat: FileStat, before: Node): Node {
    const deviceId = stat.nlink > 1 ? stat.dev : undefined;
    const isSame =
      before.mode === modeOf("file", stat.mode) &&
      before.uid === stat.uid &&
      before.gid === stat.gid &&
      before.links === BigInt(stat.nlink) &&
      before.deviceId === deviceId;
    return isSame ? before : this.#create(path, stat, { content: before.content ?? [] });
  }

  #create(path: Path, stat: FileStat, content: NodeContent): Node {
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
