import {
  type Installation,
  type LocateOptions,
  locateInstallation,
} from "../../../lib/openclaw/index.ts";
import type { TempDir } from "../../helpers/temp-dir.ts";
import { dir, file, type TreeEntry, type TreeLiteral, writeTree } from "../../helpers/tree.ts";

export const WORKSPACE: TreeEntry = dir({ "AGENTS.md": file("hi") });

/** A home with an installation of `config` (a value or a text) and `more` in its state directory. */
export function makeState(home: TempDir, config: unknown, more: TreeLiteral = {}): string {
  const text = typeof config === "string" ? config : JSON.stringify(config);
  writeTree(home.path, {
    ".openclaw": dir({
      ...(config === undefined ? {} : { "openclaw.json": file(text) }),
      state: dir(),
      workspace: WORKSPACE,
      ...more,
    }),
  });
  return home.join(".openclaw");
}

export const locate = (home: TempDir, more: Partial<LocateOptions> = {}): Promise<Installation> =>
  locateInstallation({ environment: {}, userHome: home.path, ...more });
