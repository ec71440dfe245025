import { gzipSync } from "node:zlib";
import type { FileList } from "../types.ts";
import { encodeEntryLine, encodeOmissionLine } from "./line.ts";

/** A whole list as stored beside an archive: `files.jsonl`, gzipped. The inverse of `parseFileList`. */
export function encodeFileList(list: FileList): Uint8Array {
  const lines = [
    ...list.entries.map((entry) => encodeEntryLine(entry)),
    ...list.omissions.map((omission) => encodeOmissionLine(omission)),
  ];
  return gzipSync(lines.map((line) => `${line}\n`).join(""));
}
