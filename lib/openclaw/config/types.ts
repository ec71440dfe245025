import type { Path } from "../../filesystem/index.ts";

/** A config as a tree of files, wherever its bytes are: live, or in a stage where it stands under another path. */
export interface ConfigReader {
  /** Path of the main config as it is or will be live; `$include`s resolve against it. */
  readonly configPath: Path;
  /** The text of a config file by its live path; undefined when there is none. */
  readonly read: (path: Path) => Promise<string | undefined> | string | undefined;
  /** Roots outside the config's directory that `$include` may reach (OPENCLAW_INCLUDE_ROOTS), absolute. */
  readonly includeRoots?: readonly Path[] | undefined;
  /** Resolves links, so that an include cannot leave its root through one; undefined when nothing is there. */
  readonly realPath?: ((path: Path) => Path | undefined) | undefined;
}

/** What JSON5 can hold, as plain data. Objects may have any own key, `__proto__` included. */
export type ConfigValue =
  | null
  | boolean
  | number
  | string
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue };

export type ConfigObject = Readonly<Record<string, ConfigValue>>;

/** One file of a config, parsed. */
export interface ConfigFile {
  readonly path: Path;
  readonly text: string;
  readonly value: ConfigValue;
  /** Its `$include`s by the text that names them. */
  readonly includes: ReadonlyMap<string, ConfigFile>;
}

/** A config as read: as much of it as can be had. */
export interface ConfigTree {
  readonly status: "ok" | "missing" | "broken";
  /** Undefined when the main file is missing or not JSON5. */
  readonly main: ConfigFile | undefined;
  /** Includes merged in, placeholders not replaced; `{}` when there is nothing. */
  readonly value: ConfigObject;
  /** Every file that was asked for and exists, parsed or not; the main one first. */
  readonly files: readonly Path[];
  /** Why `status` is `broken`: one line each, at most 20. */
  readonly problems: readonly string[];
}
