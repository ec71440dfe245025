import type { Path } from "../../filesystem/index.ts";

/** A config as a tree of files, wherever its bytes are: live, or in a stage where it stands under another path. */
export interface ConfigReader {
  /** Path of the main config as it is or will be live; `$include`s resolve against it. */
  readonly configPath: Path;
  /** The text of a config file by its live path; undefined when there is none. */
  readonly read: (path: Path) => Promise<string | undefined>;
  /** Roots outside the config's directory that `$include` may reach (OPENCLAW_INCLUDE_ROOTS), absolute. */
  readonly includeRoots?: readonly Path[] | undefined;
}
