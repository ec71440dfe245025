import { assessProtection, type Protection } from "../../provision/index.ts";
import type { AppContext } from "../context.ts";
import type { ResolvedSetup } from "./resolve.ts";

/** How far this machine's credentials could harm its backups. A directory has no versions. */
export async function protectionOf(
  _app: AppContext,
  { cloud }: ResolvedSetup,
): Promise<Protection> {
  if (cloud === undefined) {
    return {
      level: "none",
      sentence: "Whoever takes over this machine can remove what lies in a directory of it.",
      reasons: ["a directory keeps no versions"],
    };
  }
  return await assessProtection(cloud.blueprint, cloud.machine);
}
