import { CONTAINER_FILE } from "../../../templates/container.ts";
import { BackupError, quote } from "../../base/index.ts";
import { assertPackage } from "./package.ts";
import { fillText, jsonWords } from "./quoting.ts";

const HOME = "/var/lib/clawback";
const NPM_INSTALL = ["npm", "install", "--global", "--no-audit", "--no-fund", "--"];

/**
 * Writes a container file. A package that is a file lies beside it when the image is built.
 * @throws BackupError `invalid-argument` for a package that cannot be installed
 */
export function formatContainerFile(spec: string): string {
  assertPackage(spec);
  const isFile = spec.endsWith(".tgz") && !spec.includes("://");
  if (isFile && !/^[\w@+][\w@.+-]*$/.test(spec)) throw isNotBeside(spec);
  const inImage = isFile ? `/tmp/${spec}` : spec;
  return fillText(
    CONTAINER_FILE,
    {
      copy: isFile ? `COPY ${jsonWords([spec, inImage])}` : "",
      install: jsonWords([...NPM_INSTALL, inImage]),
      home: jsonWords(["install", "-d", "-m", "0700", "-o", "node", "-g", "node", HOME]),
    },
    { dropsEmpty: true },
  );
}

function isNotBeside(spec: string): BackupError {
  return new BackupError("invalid-argument", `file ${quote(spec)} cannot be copied into an image`, {
    hint: "name a .tgz that lies beside the container file, such as the one that npm pack makes",
  });
}
