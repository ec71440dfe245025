import {
  type ConfigObject,
  type ConfigReader,
  type ConfigTree,
  isConfigObject,
  placeholdersIn,
  readConfigTree,
  valueAt,
} from "../config/index.ts";
import { editsFor, type TextEdit } from "./config-edits.ts";

/** `gateway.auth` as it is written, placeholders and SecretRefs not resolved. Holds secrets: for programs only, never for messages. */
export interface GatewayAuth {
  readonly mode?: unknown;
  readonly token?: unknown;
  /** With mode `password` only, which the Gateway would not start without. */
  readonly password?: unknown;
  /** With mode `trusted-proxy` only, for the same reason. */
  readonly trustedProxy?: unknown;
}

/** What became of this host's gateway auth in a restored config. */
export interface KeptGatewayAuth {
  /** New texts of config files, by live path; empty when nothing had to change or could. */
  readonly edits: readonly TextEdit[];
  /** What the reader should know: why the token could not be kept, or what else it depends on. */
  readonly note?: string | undefined;
}

const AUTH = ["gateway", "auth"];
/** What each mode cannot do without. */
const NEEDS: Readonly<Record<string, "password" | "trustedProxy">> = {
  password: "password",
  "trusted-proxy": "trustedProxy",
};

/** Reads `gateway.auth` through includes; undefined when there is none, or the config cannot be read. Never fails. */
export async function readGatewayAuth(config: ConfigReader): Promise<GatewayAuth | undefined> {
  const tree = await readSafely(config);
  const auth = valueAt(tree?.value, AUTH);
  return isConfigObject(auth) && Object.keys(auth).length > 0 ? authOf(auth) : undefined;
}

/**
 * Puts this host's `gateway.auth` into a restored config by editing the text of the file in which it stands: comments, layout,
 * includes, placeholders and SecretRefs stay, and the result is parsed and compared before it is given. Never fails; gives no
 * edit and a note when it cannot.
 *
 * @param live - What {@link readGatewayAuth} gave for this host before the restore; undefined where there was none.
 */
export async function keepGatewayAuth(
  restored: ConfigReader,
  live: GatewayAuth | undefined,
): Promise<KeptGatewayAuth> {
  const { token, mode } = live ?? {};
  if (live === undefined || (token === undefined && mode === undefined)) return { edits: [] };
  const tree = await readSafely(restored);
  if (tree?.main === undefined || tree.status !== "ok") {
    const why = tree?.status === "missing" ? "holds no config" : "holds a config that is broken";
    return { edits: [], note: cannot(`the backup ${why}`) };
  }
  const wanted = wantedAuth(live, authAt(tree.value));
  const edits = await editsFor(restored, tree, { keys: AUTH, values: wanted });
  if (edits === undefined)
    return { edits: [], note: cannot("its config could not be edited safely") };
  return { edits, note: edits.length > 0 ? dependsNote(wanted) : undefined };
}

/** The members to set: those of this host that the restored config has otherwise. */
function wantedAuth(live: GatewayAuth, restored: ConfigObject): ConfigObject {
  const wanted: Record<string, unknown> = {};
  const mode = live.mode ?? impliedMode(live);
  const restoredMode = restored.mode ?? impliedMode(restored);
  if (mode !== restoredMode) wanted.mode = mode;
  if (live.token !== undefined) wanted.token = live.token;
  const need = typeof mode === "string" && Object.hasOwn(NEEDS, mode) ? NEEDS[mode] : undefined;
  if (need !== undefined && live[need] !== undefined) wanted[need] = live[need];
  return wanted as ConfigObject;
}

/** The mode that the Gateway takes when none is written. */
function impliedMode(auth: GatewayAuth): string {
  return auth.password === undefined ? "token" : "password";
}

function authOf(auth: ConfigObject): GatewayAuth {
  const { mode, token, password, trustedProxy } = auth;
  return { mode, token, password, trustedProxy };
}

function authAt(config: ConfigObject): ConfigObject {
  const auth = valueAt(config, AUTH);
  return isConfigObject(auth) ? auth : {};
}

function cannot(reason: string): string {
  return `this host's gateway token was not kept: ${reason}; clients that use the old token must be given the restored one`;
}

/** A token that is only named in the config comes from a place that the restore may have changed. */
function dependsNote(wanted: ConfigObject): string | undefined {
  const { token } = wanted;
  if (typeof token === "string") {
    const [name] = placeholdersIn(token);
    if (name === undefined) return undefined;
    return `the gateway token comes from the variable ${name}: see that it is set as before, also in the restored .env`;
  }
  if (token === undefined) return undefined;
  return "the gateway token is a reference to a secret: see that the restored config still has its provider";
}

async function readSafely(config: ConfigReader): Promise<ConfigTree | undefined> {
  try {
    return await readConfigTree(config);
  } catch {
    return undefined;
  }
}
