import type { Finding } from "../archive/index.ts";
import { quote } from "../base/index.ts";
import { checkDatabase } from "../sqlite/index.ts";

/** Opens a database that was unpacked to `file`; undefined when it is sound. */
export async function checkUnpacked(
  path: string,
  file: string,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<Finding | undefined> {
  const check = await checkDatabase(file, { signal });
  if (check.ok) return undefined;
  const message = `database ${quote(path)} is damaged: ${check.findings.slice(0, 3).join("; ")}`;
  return { code: "data-corrupt", path, message };
}
