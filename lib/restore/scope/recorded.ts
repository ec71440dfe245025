import type { Path } from "../../filesystem/index.ts";

/** The rules of one root, in gitignore syntax, relative to it. */
export interface RootRules {
  readonly path: Path;
  readonly excluded: readonly string[];
  readonly included: readonly string[];
  /** What these match is left out even if it is a database or the config. */
  readonly forced: readonly string[];
}

/** What a backup set out to hold, as its manifest records it (`clawback.scope`; its meaning is fixed in `lib/backup/scope.ts`). */
export interface RecordedScope {
  readonly full: boolean;
  readonly classes: readonly string[];
  readonly includeWorkspace: boolean;
  readonly maxFileSizeBytes: number | undefined;
  readonly cachedirTag: boolean;
  readonly oneFileSystem: boolean;
  readonly roots: readonly RootRules[];
}

/** Reads the scope from the manifest's `clawback` object; undefined when there is none that can be understood. */
export function parseScope(
  clawback: Readonly<Record<string, unknown>> | undefined,
): RecordedScope | undefined {
  const scope = clawback?.scope;
  if (!isObject(scope) || typeof scope.full !== "boolean") return undefined;
  const rules = isObject(scope.rules) ? scope.rules : {};
  const limit = rules.maxFileSizeBytes;
  return {
    full: scope.full,
    classes: texts(scope.classes),
    includeWorkspace: scope.includeWorkspace !== false,
    maxFileSizeBytes: typeof limit === "number" ? limit : undefined,
    cachedirTag: rules.cachedirTag === true,
    oneFileSystem: rules.oneFileSystem === true,
    roots: Array.isArray(scope.roots) ? scope.roots.flatMap(parseRoot) : [],
  };
}

function parseRoot(root: unknown): RootRules[] {
  if (!isObject(root) || typeof root.path !== "string") return [];
  const { path, excluded, included, forced } = root;
  return [{ path, excluded: texts(excluded), included: texts(included), forced: texts(forced) }];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
