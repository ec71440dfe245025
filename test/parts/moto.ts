import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheDir, findProgram } from "./environment.ts";
import type { Part } from "./part.ts";
import { publishFolder } from "./publish.ts";
import { runOrThrow } from "./run.ts";
import { VERSIONS } from "./versions.ts";

const folder = (): string => join(cacheDir(), `moto-${VERSIONS.moto}`);
const marker = (): string => join(folder(), "bin", "moto_server");

/**
 * The stand-in for AWS's own interfaces. Found as the Python of its environment: start it with `-m moto.server`,
 * because the scripts in there name the temporary folder in which they were made.
 */
export const moto: Part = {
  name: "moto",
  needs: [],
  howToGet:
    "install Python 3.9 or newer with its venv module (Debian: apt-get install python3-venv), " +
    "then run the tests again: they install moto",
  find() {
    return existsSync(marker()) ? join(folder(), "bin", "python") : undefined;
  },
  async install() {
    const python = findProgram("python3");
    if (python === undefined) {
      throw new Error("python3 was not found");
    }
    await publishFolder(folder(), async (temporary) => {
      await runOrThrow(python, ["-m", "venv", temporary]);
      const pip = ["-m", "pip", "install", "--quiet", `moto[server]==${VERSIONS.moto}`];
      await runOrThrow(join(temporary, "bin", "python"), pip, { timeoutMs: 15 * 60_000 });
    });
  },
};
