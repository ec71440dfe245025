import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

/** The root of this clone. */
export const PROJECT_ROOT: string = resolve(import.meta.dirname, "..", "..");

/** Node 24 from our own packages, whichever Node the machine has. */
export const NODE: string = join(PROJECT_ROOT, "node_modules", ".bin", "node");

/** Where the parts are kept, shared by all clones of this user. */
export function cacheDir(): string {
  const chosen = process.env.CLAWBACK_TEST_CACHE;
  return chosen ? resolve(chosen) : join(homedir(), ".cache", "clawback-test");
}

/** On CI a missing part is a failure; elsewhere its tests are skipped by name. */
export function isCi(): boolean {
  return process.env.CI === "true";
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The path of a program that the machine has, or undefined. */
export function findProgram(name: string): string | undefined {
  return searchPath()
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/**
 * What a program under test gets to see: where programs are and how to speak, but none of the caller's
 * credentials or settings (`AWS_*`, `OPENCLAW_*`, `HOME`, …).
 */
export function bareEnvironment(more: Record<string, string> = {}): Record<string, string> {
  return { PATH: pathWithNode24(), LANG: "C.UTF-8", TZ: "UTC", ...more };
}

/** What a program that installs others gets to see: the caller's settings, and Node 24. */
export function installEnvironment(more: Record<string, string> = {}): Record<string, string> {
  return { ...(process.env as Record<string, string>), PATH: pathWithNode24(), ...more };
}

function pathWithNode24(): string {
  const own = dirname(NODE);
  return [own, ...searchPath().filter((folder) => folder !== own)].join(delimiter);
}

function searchPath(): string[] {
  return (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
