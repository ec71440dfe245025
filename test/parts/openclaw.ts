import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir, findProgram, installEnvironment } from "./environment.ts";
import type { Part } from "./part.ts";
import { publishFolder } from "./publish.ts";
import { runOrThrow } from "./run.ts";
import { VERSIONS } from "./versions.ts";

const folder = (): string => join(cacheDir(), `openclaw-${VERSIONS.openclaw}`);

/** The real OpenClaw. Found as its program file, to be run with Node 24. */
export const openclaw: Part = {
  name: "openclaw",
  needs: [],
  howToGet: "run the tests again with the npm registry in reach: they install openclaw",
  find() {
    const program = join(folder(), "node_modules", "openclaw", "openclaw.mjs");
    return existsSync(program) ? program : undefined;
  },
  async install() {
    const npm = findProgram("npm");
    if (npm === undefined) {
      throw new Error("npm was not found");
    }
    await publishFolder(folder(), async (temporary) => {
      await writeFile(join(temporary, "package.json"), '{ "private": true }\n');
      const args = ["install", "--no-audit", "--no-fund", `openclaw@${VERSIONS.openclaw}`];
      const env = installEnvironment();
      await runOrThrow(npm, args, { cwd: temporary, env, timeoutMs: 15 * 60_000 });
    });
  },
};
