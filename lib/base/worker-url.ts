/**
 * Where the code of a thread lies: a module beside the one that starts it, TypeScript in the sources and JavaScript in what was built.
 *
 * @param name - Of the module, without its ending.
 * @param startedFrom - `import.meta.url` of the one that starts it.
 */
export function workerUrl(name: string, startedFrom: string): URL {
  return new URL(`./${name}.${startedFrom.endsWith(".ts") ? "ts" : "js"}`, startedFrom);
}
