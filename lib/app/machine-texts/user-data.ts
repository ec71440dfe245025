import { READ_VERSION, USER_DATA } from "../../../templates/user-data.ts";
import { BackupError, quote } from "../../base/index.ts";
import type { MachineFacts } from "./facts.ts";
import { assertPackage } from "./package.ts";
import { assertOneLine, fillText, shellWord } from "./quoting.ts";

/** The one that OpenClaw and Clawback are tested with. */
const NODE_VERSION = "24.21.0";
/** What EC2 takes. */
const MAX_BYTES = 16 * 1024;

export interface UserDataOptions {
  /** Whom the agent belongs to there; made when it is missing. */
  readonly osUser: string;
  /** What npm installs Clawback from. */
  readonly package: string;
  /** Whether the agent begins to work at once. @default false: the old machine may still run */
  readonly startGateway?: boolean | undefined;
}

/**
 * Writes a shell script that makes a fresh machine run the agent from its latest backup.
 * @throws BackupError `invalid-argument` for a value that cannot stand there; `not-supported` for a storage that no role opens
 */
export function formatUserData(facts: MachineFacts, options: UserDataOptions): string {
  const { osUser, startGateway = false } = options;
  assertRoleOpens(facts);
  assertOsUser(osUser);
  assertPackage(options.package);
  if (options.package.endsWith(".tgz") && !options.package.includes("://")) throw isLocal(options);
  const { stateDir, profile } = facts.settings.installation ?? {};
  if (startGateway && stateDir !== undefined) throw isNoService(stateDir);
  const text = fillText(USER_DATA, {
    instance: shellWord(facts.instance),
    osUser: shellWord(osUser),
    package: shellWord(options.package),
    nodeVersion: shellWord(NODE_VERSION),
    openclaw: shellWord("latest"),
    gatewayUnit: shellWord(`openclaw-gateway${profile === undefined ? "" : `-${profile}`}.service`),
    startGateway: startGateway ? "yes" : "no",
    gatewayInstall: gatewayInstall(profile),
    stateDir: stateDirectory(stateDir, profile),
    settings: JSON.stringify(facts.settings, null, 2),
    readVersion: READ_VERSION,
  });
  if (Buffer.byteLength(text) <= MAX_BYTES) return text;
  throw new BackupError("limit-exceeded", "the text is longer than the 16 KiB that EC2 takes", {
    hint: "keep the text in a bucket, and let the user data fetch and run it",
  });
}

/** A profile is one word of letters here: it stands in a message, too. */
function gatewayInstall(profile: string | undefined): string {
  if (profile === undefined) return "openclaw gateway install";
  if (/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(profile))
    return `openclaw --profile ${profile} gateway install`;
  throw new BackupError(
    "invalid-argument",
    `profile ${quote(profile)} cannot stand in a unit's name`,
  );
}

/** For the shell, below the home of the user there. */
function stateDirectory(stateDir: string | undefined, profile: string | undefined): string {
  const path = stateDir ?? (profile === undefined ? "~/.openclaw" : `~/.openclaw-${profile}`);
  assertOneLine(path, "state directory");
  return path.startsWith("~/") ? `"$home"${shellWord(path.slice(1))}` : shellWord(path);
}

function assertRoleOpens({ storage }: MachineFacts): void {
  const { preset, endpoint } = storage.type === "s3" ? storage : {};
  const isAws =
    storage.type === "s3" && (preset ?? (endpoint === undefined ? "aws" : "")) === "aws";
  if (isAws) return;
  const what = storage.type === "directory" ? "a directory" : `${preset ?? endpoint}`;
  throw new BackupError("not-supported", `no role of a machine opens ${what}`, {
    hint: "this text holds no secret, so it is for AWS; elsewhere see: clawback key export",
  });
}

function assertOsUser(name: string): void {
  if (/^[a-z_][a-z0-9_-]{0,31}$/.test(name) && name !== "root") return;
  throw new BackupError("invalid-argument", `${quote(name)} cannot be the agent's user there`, {
    hint: "name an ordinary user with --os-user, such as ubuntu or ec2-user; it is made when it is missing",
  });
}

function isLocal({ package: spec }: UserDataOptions): BackupError {
  return new BackupError("invalid-argument", `package ${quote(spec)} is not on the other machine`, {
    hint: "give an https address of it",
  });
}

/** OpenClaw itself refuses to manage a service for one. */
function isNoService(stateDir: string): BackupError {
  const message = `OpenClaw has no service for state directory ${quote(stateDir)}`;
  return new BackupError("invalid-argument", message, {
    hint: "leave --start-gateway out, and start it there as you do here",
  });
}
