import { BackupError, quote } from "../../base/index.ts";
import { assertOneLine } from "./quoting.ts";

/**
 * Holds what npm is to install to one word that comes over a checked connection, and is none of npm's flags.
 * @throws BackupError `invalid-argument`
 */
export function assertPackage(spec: string): void {
  assertOneLine(spec, "package");
  if (!spec.startsWith("-") && !/^(git\+)?(http|ftp|ssh\+git|git):/i.test(spec)) return;
  throw new BackupError("invalid-argument", `package ${quote(spec)} cannot be installed from`, {
    hint: "give what npm install takes: an https address of a .tgz, or name@version",
  });
}
