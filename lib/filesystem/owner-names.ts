import { readTextIfExists } from "./small-files.ts";

/** The names of users and groups, as far as this machine's own files know them; others (LDAP, macOS) have none here. */
export interface OwnerNames {
  userName(uid: number): string | undefined;
  groupName(gid: number): string | undefined;
}

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Reads `/etc/passwd` and `/etc/group`. */
export function readOwnerNames(): OwnerNames {
  const users = readNames("/etc/passwd");
  const groups = readNames("/etc/group");
  return { userName: (uid) => users.get(uid), groupName: (gid) => groups.get(gid) };
}

/** Lines of `name:password:number:…`. Of several with one number the first counts, as for the system. */
function readNames(path: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of readText(path).split("\n")) {
    const [name = "", , number = ""] = line.split(":");
    if (name === "" || !/^\d+$/.test(number) || names.has(Number(number))) continue;
    names.set(Number(number), name);
  }
  return names;
}

function readText(path: string): string {
  try {
    return readTextIfExists(path, MAX_FILE_BYTES) ?? "";
  } catch {
    // They are shown to people; a restore goes by the numbers.
    return "";
  }
}
