/**
 * Bundles the program: `bin/clawback.ts` with all it imports, into a few files of dist/bin/.
 *
 *   node config/bundle.mjs [DIR]     DIR instead of dist
 *
 * Why: loading 700 modules one by one took half of the time of a `clawback list` (0.55 s of CPU; 0.25 s bundled), and a snapshot every few
 * minutes starts as often. What a command may not need stays in files of its own (every `import()`). The library (dist/lib, its `exports`)
 * is not bundled. A package that is bundled asks for its licence to go with it: LICENSES.txt.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Workers are files of their own, started by their name beside the one that starts them. */
const INPUT = {
  clawback: join(ROOT, "bin/clawback.ts"),
  "inspect-worker": join(ROOT, "lib/sqlite/inspect-worker.ts"),
  "open-worker": join(ROOT, "lib/repository/open-thread/open-worker.ts"),
  "pack-worker": join(ROOT, "lib/repository/pack-thread/pack-worker.ts"),
};

/** Writes the bundle and gives the modules that went into it. */
async function bundle(dir) {
  const build = await rolldown({
    input: INPUT,
    platform: "node",
    // A native library, found at run time.
    external: ["sodium-native"],
    plugins: [withoutFacade("node:http")],
    onLog: failOnWarning,
  });
  const { output } = await build.write({
    dir,
    format: "esm",
    // Stack traces of users should name what stands in the source.
    minify: false,
    keepNames: true,
    chunkFileNames: "[name]-[hash].js",
  });
  await build.close();
  // Only now: whoever builds while a program runs would take its files away before it has read them.
  const written = new Set(output.map(({ fileName }) => fileName));
  for (const name of readdirSync(dir)) if (!written.has(name)) rmSync(join(dir, name));
  return output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
}

/**
 * Imports a module of Node by a plain call. `import` reads all that the module exports, and node:http loads the whole of undici for its
 * WebSocket: 50 ms of every start. What it has as a getter is not exported here.
 */
function withoutFacade(module) {
  const virtual = `\0${module}`;
  const all = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(module)));
  const names = all.filter(([, { get }]) => get === undefined).map(([name]) => name);
  const code = `const all = process.getBuiltinModule("${module}");
export default all;
export const { ${names.join(", ")} } = all;`;
  return {
    name: `without-facade-${module}`,
    resolveId: (id) => (id === module ? virtual : undefined),
    load: (id) => (id === virtual ? code : undefined),
  };
}

function failOnWarning(level, log, defaultHandler) {
  // Of packages: an `eval` that is never reached, circular imports.
  const isOurs = !log.message.includes("node_modules");
  if (level === "warn" && isOurs) throw new Error(log.message);
  if (isOurs) defaultHandler(level, log);
}

/** The folders of the packages that modules belong to. */
function packagesOf(modules) {
  const folders = new Set();
  for (const module of modules) {
    const [folder] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module.replace("\0", "")) ?? [];
    if (folder !== undefined) folders.add(folder);
  }
  return [...folders].sort();
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder).filter((each) => /^(licen[cs]e|copying|notice)/i.test(each));
  const text = texts.map((each) => readFileSync(join(folder, each), "utf8").trim()).join("\n\n");
  return `${name} ${version} (${license})\n\n${text}\n`;
}

const dir = join(process.argv[2] ?? join(ROOT, "dist"), "bin");
const packages = packagesOf(await bundle(dir)).filter((each) =>
  existsSync(join(each, "package.json")),
);
writeFileSync(join(dir, "LICENSES.txt"), packages.map(licenceOf).join(`\n${"-".repeat(80)}\n\n`));
