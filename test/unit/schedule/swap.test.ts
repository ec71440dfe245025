import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MIB } from "../../../lib/base/index.ts";
import { applySwap, planSwap, type SwapOptions } from "../../../lib/schedule/index.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";

const HEADER = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
const FSTAB = "# mine\nUUID=1 / ext4 defaults 0 1";

interface Scene {
  readonly dir: TempDir;
  readonly path: string;
  readonly variables: Record<string, string>;
  readonly fstab: () => string;
  plan(options?: SwapOptions): ReturnType<typeof planSwap>;
}

/** Tables of its own, and programs that only say what they were asked. */
function scene(dir: TempDir, options: { readonly broken?: string } = {}): Scene {
  writeFileSync(dir.join("fstab"), FSTAB);
  writeFileSync(dir.join("swaps"), `${HEADER}/dev/sda2 partition 1024 0 -2\n`);
  mkdirSync(dir.join("bin"));
  for (const name of ["mkswap", "swapon", "swapoff"]) {
    const body =
      name === options.broken
        ? "echo no rights >&2; exit 1"
        : `echo ${name} "$@" >> "${dir.join("calls")}"`;
    writeFileSync(dir.join("bin", name), `#!/bin/sh\n${body}\n`);
    chmodSync(dir.join("bin", name), 0o755);
  }
  const path = dir.join("swapfile");
  const tables = { fstab: dir.join("fstab"), swaps: dir.join("swaps") };
  return {
    ...{ dir, path, variables: { PATH: `${dir.join("bin")}:/usr/bin:/bin` } },
    fstab: () => readFileSync(dir.join("fstab"), "utf8"),
    plan: (more) => planSwap({ path, sizeBytes: 2 * MIB, tables, ...more }),
  };
}

test("a swap file is made whole and private, remembered over restarts, and taken away to the last byte", async () => {
  await using dir = await tempDir();
  const { plan, variables, path, fstab } = scene(dir);
  const made = await plan();
  expect(made).toMatchObject({ isDone: false, otherSwapBytes: 1024 * 1024 });
  expect(existsSync(path)).toBe(false);
  await applySwap(made, variables);
  expect(statSync(path)).toMatchObject({ size: 2 * MIB });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(dir.join("calls"), "utf8")).toBe(`mkswap ${path}\nswapon ${path}\n`);
  expect(fstab()).toBe(
    `${FSTAB}\n${path} none swap sw,nofail 0 0 # written by clawback schedule swap\n`,
  );
  writeFileSync(dir.join("swaps"), `${HEADER}${path} file 2048 0 -2\n`);
  expect(await plan()).toMatchObject({ isDone: true, commands: [] });
  await applySwap(await plan({ remove: true }), variables);
  expect(existsSync(path)).toBe(false);
  expect(fstab()).toBe(`${FSTAB}\n`);
  expect(await plan({ remove: true })).toMatchObject({ isDone: true });
});

test("what fails in the middle leaves no file and no line", async () => {
  await using dir = await tempDir();
  const { plan, variables, path, fstab } = scene(dir, { broken: "swapon" });
  await expect(applySwap(await plan(), variables)).rejects.toMatchObject({ code: "not-supported" });
  expect(existsSync(path)).toBe(false);
  expect(fstab()).toBe(FSTAB);
});

test("it is refused where it would do harm", async () => {
  await using dir = await tempDir();
  const { plan, variables, path } = scene(dir);
  await expect(plan({ sizeBytes: 1e15 })).rejects.toMatchObject({ code: "no-space" });
  await expect(plan({ path: "/a b" })).rejects.toMatchObject({ code: "invalid-argument" });
  const stale = await plan();
  writeFileSync(dir.join("fstab"), `${FSTAB}\n# changed\n`);
  await expect(applySwap(stale, variables)).rejects.toMatchObject({ code: "plan-outdated" });
  writeFileSync(path, "somebody's");
  await expect(plan()).rejects.toMatchObject({ code: "target-not-empty" });
  const tables = { fstab: dir.join("fstab"), swaps: dir.join("nowhere") };
  await expect(plan({ tables })).rejects.toMatchObject({ code: "not-supported" });
});
