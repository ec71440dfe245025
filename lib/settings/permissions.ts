import { quote } from "../base/index.ts";
import { statPath } from "../filesystem/index.ts";
import type { HomePaths } from "./paths.ts";

/** Tells which files of a home other users could read or change; nothing is altered. */
export function listLoosePermissions(paths: HomePaths): readonly string[] {
  const notes: string[] = [];
  for (const path of [paths.home, paths.settings, paths.exclude, paths.secrets, paths.secretKey]) {
    const stat = statPath(path);
    if (stat === undefined || stat.type === "symlink" || (stat.mode & 0o077) === 0) continue;
    // A list of exclusions is no secret, as long as nobody else can change it.
    if (path === paths.exclude && (stat.mode & 0o022) === 0) continue;
    const wanted = stat.type === "dir" ? "700" : "600";
    const found = stat.mode.toString(8).padStart(3, "0");
    notes.push(
      `${quote(path)} is open to other users of this machine (mode ${found}): chmod ${wanted} it`,
    );
  }
  return notes;
}
