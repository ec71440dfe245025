/**
 * Installs the parts that are missing, and says which could not be had:
 *
 *     node test/parts/setup.ts [PART…]
 *
 * Parts that do not need one another are installed at the same time. With `CI=true` a part that stays missing is
 * a failure; elsewhere its tests are skipped by name.
 */
import { cacheDir, isCi } from "./environment.ts";
import { getPart, PARTS, type Part, type PartName } from "./index.ts";

const begun = new Map<PartName, Promise<boolean>>();

function say(line: string): void {
  process.stderr.write(`parts: ${line}\n`);
}

/** Installs a part and what it needs; false when that failed, which has been said by then. */
function ensure(part: Part): Promise<boolean> {
  const known = begun.get(part.name);
  if (known !== undefined) {
    return known;
  }
  const result = part.find() === undefined ? install(part) : Promise.resolve(true);
  begun.set(part.name, result);
  return result;
}

async function install(part: Part): Promise<boolean> {
  const needed = await Promise.all(part.needs.map((name) => ensure(getPart(name))));
  if (needed.includes(false)) {
    say(`${part.name} is missing, for want of ${part.needs.join(", ")}`);
    return false;
  }
  const start = performance.now();
  try {
    say(`installing ${part.name}`);
    await part.install();
    say(`${part.name} is installed (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(`${part.name} is missing: ${reason}\n  to get it: ${part.howToGet}`);
    return false;
  }
}

const names = process.argv.slice(2) as PartName[];
const wanted = names.length === 0 ? PARTS : names.map(getPart);
const results = await Promise.all(wanted.map(ensure));
const missing = results.filter((isThere) => !isThere).length;
if (missing > 0) {
  say(`${missing} of ${wanted.length} parts are missing (kept in ${cacheDir()})`);
  process.exitCode = isCi() ? 1 : 0;
}
