import { homedir, hostname, platform } from "node:os";

/** What the process was started with and where it runs; read once, then handed around. */
export interface Environment {
  /** A frozen copy of the environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly userHome: string;
  readonly hostName: string;
  readonly platform: string;
  /** Undefined where the system has no user ids. */
  readonly uid: number | undefined;
  readonly nodeVersion: string;
  /** How this program is started: Node, and the file it runs. Absolute paths. */
  readonly program?: readonly string[] | undefined;
  /** The working directory; the user's home directory when it has been removed under the process. */
  readonly cwd: string;
}

/** Reads the process's environment. The only place in the library that does. */
export function readEnvironment(): Environment {
  const userHome = homedir();
  return Object.freeze({
    variables: Object.freeze({ ...process.env }),
    userHome,
    hostName: hostname(),
    platform: platform(),
    uid: process.getuid?.(),
    nodeVersion: process.version,
    program: Object.freeze([process.execPath, ...process.argv.slice(1, 2)]),
    cwd: readWorkingDirectory() ?? userHome,
  });
}

function readWorkingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}
