import { BackupError, isBackupError, quote } from "../base/index.ts";
import { isSameOrInside } from "../filesystem/index.ts";

/**
 * Runs what writes into the home, so that a home that cannot be written is named as such, not by a path in it.
 * @throws BackupError `home-unusable`, and what `work` throws
 */
export async function usingHome<T>(home: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isBackupError(error, "home-unusable") && isOfHome(error, home)
      ? isUnusable(error, home)
      : error;
  }
}

/** The code stands for any place that cannot be written; a target of a restore is none of the home's. */
function isOfHome({ details }: BackupError, home: string): boolean {
  const { path } = details;
  return details.home === undefined && typeof path === "string" && isSameOrInside(path, home);
}

function isUnusable(cause: BackupError, home: string): BackupError {
  return new BackupError("home-unusable", `home ${quote(home)} cannot be used: ${cause.message}`, {
    details: { home, ...cause.details },
    hint: "make it writable for this user, or choose another home with CLAWBACK_HOME",
    cause,
  });
}
