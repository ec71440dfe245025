import type { Path } from "../../filesystem/index.ts";
import { type ConfigValue, isConfigObject, valueAt } from "../config/index.ts";

/** What is known of the state that is being restored. */
export interface RestoredContents {
  /** Relative to the state directory, `/` between segments; every one is looked at once. */
  readonly paths: Iterable<Path>;
  /** The config as a plain value, when it could be read. */
  readonly config?: unknown;
  /** Plugins whose code, or whose dependencies, the backup does not hold. */
  readonly plugins?: readonly { readonly name: string; readonly version: string }[] | undefined;
}

/** Channels whose keys move on with every message, so that an older copy of them no longer fits, and where they keep them. */
const RATCHETING: ReadonlyMap<string, RegExp> = new Map([
  ["whatsapp", /^credentials\/whatsapp\//],
  ["signal", /^(credentials\/)?signal(-cli)?\//],
  ["matrix", /^(credentials\/)?matrix\//],
]);
const LABELS: Readonly<Record<string, string>> = {
  whatsapp: "WhatsApp",
  signal: "Signal",
  matrix: "Matrix",
};

/** The channels that may have to be linked again after this restore; ids as in the config, sorted. */
export function channelsToReconnect(contents: RestoredContents): readonly string[] {
  return reconnect(survey(contents));
}

/** What a person must know or do after this restore; a sentence each, the most urgent first. */
export function restoreWarnings(contents: RestoredContents): readonly string[] {
  const seen = survey(contents);
  return [
    ...reconnect(seen).map(
      (channel) =>
        `${LABELS[channel] ?? channel} may refuse the restored session, because its keys have moved on since the backup: expect to link it again`,
    ),
    ...(seen.hasDatabases
      ? [
          "approvals, pairings and the memory of what was already answered go back to the time of the backup: review approvals before letting the agent run",
          "cron jobs that were due since the backup may run at once when the Gateway starts",
        ]
      : []),
    ...(contents.plugins ?? []).map(
      ({ name, version }) => `the plugin ${name} ${version} must be installed again`,
    ),
  ];
}

interface Survey {
  readonly channels: ReadonlySet<string>;
  readonly hasDatabases: boolean;
}

function survey({ paths, config }: RestoredContents): Survey {
  const channels = new Set<string>();
  let hasDatabases = false;
  for (const path of paths) {
    if (path === "state/openclaw.sqlite" || path === "exec-approvals.json") hasDatabases = true;
    for (const [channel, place] of RATCHETING) if (place.test(path)) channels.add(channel);
  }
  for (const channel of RATCHETING.keys()) {
    if (isConfigured(valueAt(config, ["channels", channel]))) channels.add(channel);
  }
  return { channels, hasDatabases };
}

function isConfigured(channel: ConfigValue | undefined): boolean {
  return isConfigObject(channel) && channel.enabled !== false;
}

function reconnect({ channels }: Survey): readonly string[] {
  return [...channels].toSorted();
}
