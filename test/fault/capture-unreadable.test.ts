import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { expect, test } from "vitest";
import { openCapture, planCapture } from "../../lib/capture/index.ts";
import type { Installation } from "../../lib/openclaw/index.ts";
import {
  captureOptions,
  collect,
  outline,
  plainInstallation,
} from "../helpers/plain-installation.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { dir, file, tree, writeTree } from "../helpers/tree.ts";

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

/** Runs as a user for whom permissions count. */
async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (!isRoot) return await work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

async function prepare(): Promise<TempDir> {
  const base = await tempDir();
  writeTree(
    base.join("state"),
    tree({
      "openclaw.json": file("{}"),
      agents: dir({ main: dir({ agent: dir({ "openclaw-agent.sqlite": file("data") }) }) }),
      workspace: dir({ "open.md": file("o"), "shut.md": file("s"), closed: dir({ x: file("x") }) }),
    }),
  );
  mkdirSync(base.join("tmp"));
  for (const path of ["", "state", "state/workspace", "tmp"]) chmodSync(base.join(path), 0o777);
  return base;
}

test("files and directories that may not be read are omissions, and everything else is captured", async () => {
  await using base = await prepare();
  chmodSync(base.join("state/workspace/shut.md"), 0);
  chmodSync(base.join("state/workspace/closed"), 0);
  const stateDir = base.join("state");
  const options = captureOptions(plainInstallation(stateDir), base.join("tmp"), {
    file: { patterns: ["agents/"] },
    flags: { forceExclude: ["agents/"] },
  });
  const { lines, report, plan } = await unprivileged(async () => {
    await using running = openCapture(options);
    const lines = outline(await collect(running, { stateDir }));
    return { lines, report: running.report(), plan: await planCapture(options) };
  });
  expect(lines).toEqual([
    "dir ",
    "file openclaw.json",
    "dir workspace",
    "dir workspace/closed",
    "omission workspace/closed",
    "file workspace/open.md",
    "omission workspace/shut.md",
  ]);
  expect(report.omissions).toMatchObject([
    { path: base.join("state/workspace/closed"), reason: "unreadable" },
    { path: base.join("state/workspace/shut.md"), reason: "unreadable" },
  ]);
  expect(report.omissions[1]?.detail).toContain("permission denied");
  expect(report.degraded).toBe(false);
  expect(plan.problems.map(({ path }) => path)).toEqual(report.omissions.map(({ path }) => path));
});

test("a directory that hides an essential database makes the backup degraded", async () => {
  await using base = await prepare();
  chmodSync(base.join("state/agents"), 0);
  const stateDir = base.join("state");
  const report = await unprivileged(async () => {
    await using running = openCapture(
      captureOptions(plainInstallation(stateDir), base.join("tmp")),
    );
    await collect(running, { stateDir });
    return running.report();
  });
  expect(report.omissions).toMatchObject([
    { path: base.join("state/agents"), reason: "unreadable" },
  ]);
  expect(report.degraded).toBe(true);
});

const WRITE_ONLY = "/sys/bus/platform/drivers_probe";

test.skipIf(!existsSync(WRITE_ONLY))(
  "a file that the kernel refuses to read is an omission",
  async () => {
    await using base = await prepare();
    const stateDir = base.join("state");
    const overrides: Partial<Installation> = {
      essentialDatabases: [],
      roots: [
        { kind: "state", path: base.join("state/workspace") },
        { kind: "extra", path: WRITE_ONLY },
      ],
    };
    const options = captureOptions(plainInstallation(stateDir, overrides), base.join("tmp"));
    await using running = openCapture(options);
    await collect(running, { stateDir });
    expect(running.report().omissions).toMatchObject([{ path: WRITE_ONLY, reason: "unreadable" }]);
  },
);
