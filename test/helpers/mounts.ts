import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { type TempDir, tempDir } from "./temp-dir.ts";

/** A filesystem of the test's own, gone with the block. */
export interface Mount extends AsyncDisposable {
  readonly path: string;
}

/** Whether this user may mount; tests that need it say so with `describe.skipIf(!canMount)`. */
export const canMount: boolean =
  process.platform === "linux" && process.getuid?.() === 0 && tries();

/** Whether a filesystem that folds case can be had: `lowntfs-3g` of the Debian package ntfs-3g. */
export const canMountFolding: boolean =
  canMount && existsSync("/dev/fuse") && ["lowntfs-3g", "mkntfs"].every(isInstalled);

/** Mounts a disk that is soon full. @param inodes - How many files and directories it can hold, whatever their size. */
export async function smallDisk(sizeKib: number, inodes?: number): Promise<Mount> {
  const options = [`size=${sizeKib}k`, ...(inodes === undefined ? [] : [`nr_inodes=${inodes}`])];
  return await mountAt((_, at) => {
    execFileSync("mount", ["-t", "tmpfs", "-o", options.join(","), "tmpfs", at]);
  });
}

/** Leaves no room on a disk; removing the file that is returned makes it again. */
export function fillUp(disk: string): string {
  const path = `${disk}/filler`;
  try {
    for (;;) appendFileSync(path, Buffer.alloc(65_536));
  } catch {
    return path;
  }
}

/** Shows a directory a second time, read-only, as a container does with a volume. */
export async function readOnlyView(directory: string): Promise<Mount> {
  return await mountAt((_, at) => {
    execFileSync("mount", ["--bind", directory, at]);
    execFileSync("mount", ["-o", "remount,bind,ro", at]);
  });
}

/** Mounts a filesystem on which `Foo` and `foo` are one file. */
export async function foldingDisk(): Promise<Mount> {
  return await mountAt((temp, at) => {
    const image = temp.join("image");
    writeFileSync(image, "");
    truncateSync(image, 64 * 1024 * 1024);
    execFileSync("mkntfs", ["-Q", "-F", "-q", image], { stdio: "ignore" });
    execFileSync("lowntfs-3g", ["-o", "ignore_case,permissions", image, at], { stdio: "ignore" });
  });
}

async function mountAt(mount: (temp: TempDir, at: string) => void): Promise<Mount> {
  const temp = await tempDir();
  const path = temp.join("mount");
  mkdirSync(path);
  try {
    mount(temp, path);
  } catch (error) {
    await temp[Symbol.asyncDispose]();
    throw error;
  }
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      execFileSync("umount", [path]);
      await temp[Symbol.asyncDispose]();
    },
  };
}

function tries(): boolean {
  return spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--help"]).error === undefined;
}
