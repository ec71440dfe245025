import createIgnore from "ignore";
import { describe, expect, test } from "vitest";
import { ownPatterns } from "../../../lib/capture/index.ts";
import { createOwnPaths } from "../../../lib/capture/select/own-paths.ts";
import type { FileType, WalkedEntry } from "../../../lib/filesystem/index.ts";

const ROOT = "/srv/data";
const PATHS = ["/srv/data/backups", "/srv/data/odd [name]*/x", "/elsewhere/home", ROOT];

function entry(relativePath: string, type: FileType): WalkedEntry {
  const name = relativePath.split("/").at(-1) ?? "";
  return { path: `${ROOT}/${relativePath}`, relativePath, name, stat: { type } } as WalkedEntry;
}

describe("what capture leaves out as its own, a restore finds again in the recorded patterns", () => {
  const isOwn = createOwnPaths(PATHS.filter((path) => path !== ROOT));
  const recorded = createIgnore({ ignorecase: false }).add([...ownPatterns(ROOT, PATHS)]);

  test.each([
    ["backups", "dir", true],
    ["deep/backups", "dir", false],
    ["odd [name]*/x", "dir", true],
    ["odd n/x", "dir", false],
    [".openclaw.pre-restore-20261120T030000Z", "dir", true],
    ["deep/ws.appeared-2026", "dir", true],
    [".pre-restore-1", "dir", false],
    ["notes.pre-restore-thoughts", "dir", false],
    [".clawback-stage-12-34", "dir", true],
    ["a/.clawback-0123456789abcdef.tmp", "file", true],
    [".clawback-notes", "file", false],
    ["2026-11-20T08-36-45.918+00-00-openclaw-backup.tar.gz", "file", true],
    ["w/20261121T030000Z-k3f9xq.tar.gz.gpg", "file", true],
    ["my-openclaw-backup.tar.gz", "file", false],
  ] as const)("%s (%s): %s", (path, type, expected) => {
    expect(isOwn(entry(path, type)) !== undefined).toBe(expected);
    expect(recorded.ignores(type === "dir" ? `${path}/` : path)).toBe(expected);
  });

  test("a root is never its own", () => {
    expect(ownPatterns(ROOT, PATHS)).not.toContain("/");
  });
});
