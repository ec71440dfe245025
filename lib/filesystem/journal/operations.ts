import {
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { fsyncDirectory } from "../flush.ts";
import { removeTree } from "../move.ts";
import { fsPath } from "../path.ts";
import { setFacts, setModifiedTime } from "../set-time.ts";
import type { FileOperations } from "./types.ts";

/** {@link FileOperations} on the disk. */
export const diskOperations: FileOperations = {
  rename: (from, to) => renameSync(fsPath(from), fsPath(to)),
  createFile: (path, text) => {
    const fd = openSync(fsPath(path), "wx", 0o600);
    try {
      fchmodSync(fd, 0o600);
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  },
  removeFile: (path) => unlinkSync(fsPath(path)),
  makeDirectory: ({ path, mode, owner }) => {
    mkdirSync(fsPath(path), { mode });
    if (owner !== undefined) chownSync(fsPath(path), owner.uid, owner.gid);
  },
  removeDirectory: (path) => rmdirSync(fsPath(path)),
  removeTree,
  setModifiedTime,
  setFacts,
  fsyncDirectory,
};
