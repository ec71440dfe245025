import type { Path } from "../../filesystem/index.ts";
import { classify } from "../../openclaw/index.ts";
import { installationAt } from "../live-installation.ts";

/** Says to which class a path of an archive belongs that does not tell, by the layout that OpenClaw uses by default. */
export function guessClass(stateDir: Path): (path: Path) => string {
  const layout = installationAt(undefined, stateDir);
  return (path) => classify(layout, path, path.endsWith(".sqlite"));
}
