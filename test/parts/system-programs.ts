import { join } from "node:path";
import { cacheDir, findProgram, installEnvironment, isRoot } from "./environment.ts";
import { withLock } from "./lock.ts";
import type { Part } from "./part.ts";
import { runOrThrow } from "./run.ts";

/** The oracle for snapshot repositories. */
export const restic: Part = systemProgram("restic", "restic");

/** The oracle for encrypted archives. */
export const gpg: Part = systemProgram("gpg", "gnupg");

/** Runs a program under another clock. */
export const faketime: Part = systemProgram("faketime", "faketime", "libfaketime");

/** Reads units and calendars as systemd does. */
export const systemdAnalyze: Part = systemProgram("systemd-analyze", "systemd");

/** Reads the shell scripts that we print. */
export const shellcheck: Part = systemProgram("shellcheck", "shellcheck");

/** Gives a test a terminal. */
export const python3: Part = systemProgram("python3", "python3", "python");

/** The right to mount small file systems and to change owners. */
export const root: Part = {
  name: "root",
  needs: [],
  howToGet: "run the tests as root on Linux",
  find: () => (isRoot() && process.platform === "linux" ? "/" : undefined),
  install: () => Promise.reject(new Error("the tests do not run as root")),
};

function systemProgram(
  name: "restic" | "gpg" | "faketime" | "python3" | "shellcheck" | "systemd-analyze",
  debianPackage: string,
  brewFormula: string = debianPackage,
): Part {
  const howToGet =
    process.platform === "darwin"
      ? `brew install ${brewFormula}`
      : `apt-get install ${debianPackage} (or your system's package of that name)`;
  return {
    name,
    needs: [],
    howToGet,
    find: () => findProgram(name),
    async install() {
      const apt = findProgram("apt-get");
      if (apt === undefined || !isRoot()) {
        throw new Error("only root can install it, with apt-get");
      }
      await withLock(join(cacheDir(), "locks", "apt.lock"), () =>
        installPackage(apt, debianPackage),
      );
    },
  };
}

async function installPackage(apt: string, name: string): Promise<void> {
  const env = installEnvironment({ DEBIAN_FRONTEND: "noninteractive" });
  const install = ["install", "--yes", "--no-install-recommends", name];
  const options = { env, timeoutMs: 10 * 60_000 };
  try {
    await runOrThrow(apt, install, options);
  } catch {
    // The list of packages is missing or old.
    await runOrThrow(apt, ["update"], options);
    await runOrThrow(apt, install, options);
  }
}
