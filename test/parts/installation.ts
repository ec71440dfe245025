import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir, PROJECT_ROOT } from "./environment.ts";
import type { Part } from "./part.ts";
import { publishFolder } from "./publish.ts";
import { VERSIONS } from "./versions.ts";

/** All that decides what the installation holds; a change of any of them makes a new one. */
const RECIPE = [
  "parts/installation-recipe.ts",
  "parts/installation-facts.ts",
  "parts/installation-files.ts",
  "helpers/fake-model.ts",
  ...filesOf("fixtures/openclaw"),
];

let hash: string | undefined;

/**
 * The OpenClaw installation that tests copy: onboarded, two agents, sessions, cron job, plugins, credentials.
 * Found as the folder with `home/` and `facts.json`; tests take `openInstallation` instead of that path.
 */
export const installation: Part = {
  name: "installation",
  needs: ["openclaw"],
  howToGet: "run the tests again once openclaw is there: they make one with it (about a minute)",
  find() {
    const folder = currentFolder();
    return existsSync(join(folder, "facts.json")) ? folder : undefined;
  },
  async install() {
    const { makeInstallation } = await import("./installation-recipe.ts");
    await publishFolder(currentFolder(), makeInstallation);
  },
};

function currentFolder(): string {
  hash ??= recipeHash();
  return join(cacheDir(), `installation-${hash}`);
}

function recipeHash(): string {
  const sum = createHash("sha256").update(VERSIONS.openclaw);
  for (const path of RECIPE) {
    sum.update(`\n${path}\n`).update(readFileSync(join(PROJECT_ROOT, "test", path)));
  }
  return sum.digest("hex").slice(0, 12);
}

function filesOf(folder: string): string[] {
  const all = readdirSync(join(PROJECT_ROOT, "test", folder), {
    recursive: true,
    withFileTypes: true,
  });
  return all
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(PROJECT_ROOT.length + "/test/".length))
    .sort();
}
