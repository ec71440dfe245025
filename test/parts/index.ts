/**
 * The real programs that the tests run: which there are, where they are, how they are installed.
 *
 * `setup.ts` installs all that are missing, before the tests. Tests ask through `test/helpers/parts.ts`.
 */

import { mc, minio } from "./go-programs.ts";
import { installation } from "./installation.ts";
import { moto } from "./moto.ts";
import { openclaw } from "./openclaw.ts";
import type { Part, PartName } from "./part.ts";
import { rustic } from "./rustic.ts";
import {
  faketime,
  gpg,
  python3,
  restic,
  root,
  shellcheck,
  systemdAnalyze,
} from "./system-programs.ts";

export { type Part, type PartName, pathOf } from "./part.ts";

/** What `npm test` needs; the slowest to install come first. */
export const PARTS: readonly Part[] = [
  minio,
  mc,
  openclaw,
  installation,
  moto,
  restic,
  gpg,
  faketime,
  shellcheck,
  systemdAnalyze,
  python3,
  root,
];

/** What only `npm run soak` needs. */
const SOAK_PARTS: readonly Part[] = [rustic];

export function getPart(name: PartName): Part {
  const part = [...PARTS, ...SOAK_PARTS].find((each) => each.name === name);
  if (part === undefined) {
    throw new Error(`there is no part ${name}`);
  }
  return part;
}
