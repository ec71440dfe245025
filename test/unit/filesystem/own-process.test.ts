import { expect, test } from "vitest";
import { systemClock } from "../../../lib/base/index.ts";
import { isProcessRunning, ownProcess } from "../../../lib/filesystem/index.ts";

test("this process runs", () => {
  const { pid, hostname } = ownProcess();
  expect(pid).toBe(process.pid);
  expect(hostname).not.toBe("");
  expect(isProcessRunning(pid, systemClock.now())).toBe(true);
});

test("a process that started after the time in question is another one", () => {
  const beforeItStarted = new Date(
    systemClock.now().getTime() - process.uptime() * 1000 - 3_600_000,
  );
  expect(isProcessRunning(process.pid, beforeItStarted)).toBe(process.platform !== "linux");
});

test("no process has a pid that none can have", () => {
  expect(isProcessRunning(2 ** 31 - 1, systemClock.now())).toBe(false);
});
