import {
  BackupError,
  createBackupId,
  isBackupError,
  quote,
  type Secret,
} from "../../base/index.ts";
import {
  type Channel,
  type Delivery,
  judgeRun,
  judgeStaleness,
  type NotifyOptions,
  notify,
  ping,
  readOutbox,
  testChannels,
  type WaitingNotice,
} from "../../notify/index.ts";
import type { Run } from "../../runs/index.ts";
import {
  type ChannelEntry,
  checkChannelEntry,
  openSecretStore,
  saveSettings,
} from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import { usingHome } from "../home.ts";
import { limitsOf } from "./health-limits.ts";
import { openAppRuns } from "./runs.ts";

/** So many runs before one are looked at: a job that fails every hour for a week. */
const EARLIER_RUNS = 200;

/** Whose silence is alarming. */
const BACKUP_JOBS = ["snapshot", "archive"];

export type { ChannelEntry, Delivery, WaitingNotice };

/** A channel as it is configured, and its secrets. */
export interface NewChannel {
  readonly entry: ChannelEntry;
  readonly url?: Secret | undefined;
  readonly secret?: Secret | undefined;
}

/** Tells dead-man's switches of a run; what fails is a warning, never an end. */
export async function pingChannels(
  app: AppContext,
  job: string,
  kind: "start" | "success" | "fail",
): Promise<void> {
  const channels = openChannels(app);
  for (const problem of await ping(channels, job, kind)) warn(app, problem);
}

/**
 * Tells of a run that has just ended, and tries again what could not be delivered before. Nothing that goes wrong here ends anything: it is a
 * warning, and what was not delivered waits in the home.
 */
export async function notifyOfRun(app: AppContext, run: Run): Promise<void> {
  const channels = openChannels(app);
  if (channels.length === 0) return;
  const runs = openAppRuns(app).list({ limit: EARLIER_RUNS * 5 });
  const ended = runs.filter(({ id, result }) => id !== run.id && result !== "running");
  const earlier = ended.filter(({ job }) => job === run.job).slice(0, EARLIER_RUNS);
  const occasions = [
    ...judgeRun(run, earlier),
    ...judgeStaleness([run, ...ended], limitsOf(app), app.clock.now()),
  ];
  try {
    await notify(occasions, optionsFor(app, channels));
  } catch (error) {
    if (!isBackupError(error)) throw error;
    warn(app, `notices could not be sent: ${error.message}`);
  }
}

/** Sends a test to one channel or to all. @throws BackupError `invalid-argument`, `not-configured` */
export async function testNotices(
  app: AppContext,
  id?: string | undefined,
): Promise<readonly Delivery[]> {
  const { channels: entries = [] } = app.settings.notify;
  if (id !== undefined) assertKnown(id, entries);
  const wanted = entries.filter((entry) => id === undefined || entry.id === id);
  if (wanted.length === 0) {
    throw new BackupError("not-configured", "no channel for notices is configured", {
      hint: "add one with: clawback notify add",
    });
  }
  const channels = wanted.map((entry) => toChannel(app, entry));
  return await testChannels(optionsFor(app, channels));
}

/** Adds a channel; its address and secret go, encrypted, into the home's secrets. */
export async function addChannel(app: AppContext, channel: NewChannel): Promise<void> {
  const { url, secret } = channel;
  const entry = checkChannelEntry(channel.entry);
  const { channels = [] } = app.settings.notify;
  if (channels.some(({ id }) => id === entry.id)) {
    throw new BackupError("invalid-argument", `channel ${quote(entry.id)} exists already`, {
      hint: "choose another id, or remove that one first",
    });
  }
  const { home } = app.settings;
  await usingHome(home, async () => {
    const store = secretsOf(app);
    if (url !== undefined) await store.saveSecret(secretName(entry.id, "url"), url);
    if (secret !== undefined) await store.saveSecret(secretName(entry.id, "secret"), secret);
    await saveSettings(home, (file) => ({
      ...file,
      notify: { ...file.notify, channels: [...(file.notify?.channels ?? []), entry] },
    }));
  });
}

/** @throws BackupError `invalid-argument` when there is none of that id */
export async function removeChannel(app: AppContext, id: string): Promise<void> {
  assertKnown(id, app.settings.notify.channels ?? []);
  const { home } = app.settings;
  await usingHome(home, async () => {
    await saveSettings(home, (file) => ({
      ...file,
      notify: {
        ...file.notify,
        channels: (file.notify?.channels ?? []).filter((entry) => entry.id !== id),
      },
    }));
    for (const what of ["url", "secret"] as const)
      await secretsOf(app).removeSecret(secretName(id, what));
  });
}

/** Notices that channels have not taken yet. */
export function waitingNotices({ settings }: AppContext): readonly WaitingNotice[] {
  return readOutbox(settings.home).waiting;
}

function optionsFor(app: AppContext, channels: readonly Channel[]): NotifyOptions {
  const { settings, environment, clock } = app;
  return {
    directory: settings.home,
    channels,
    instance: settings.instance,
    host: environment.hostName,
    clock,
    createId: createBackupId,
    onProblem: (text) => warn(app, text),
  };
}

/** The channels that can be used; one whose secrets cannot be read is told and left out. */
function openChannels(app: AppContext): Channel[] {
  return (app.settings.notify.channels ?? []).flatMap((entry) => {
    try {
      return [toChannel(app, entry)];
    } catch (error) {
      if (!isBackupError(error)) throw error;
      warn(app, `channel ${entry.id} cannot be used: ${error.message}`);
      return [];
    }
  });
}

function toChannel(app: AppContext, entry: ChannelEntry): Channel {
  const { id, events, jobs = entry.type === "ping" ? BACKUP_JOBS : undefined } = entry;
  const load = (what: "url" | "secret") => secretsOf(app).loadSecret(secretName(id, what));
  if (entry.type === "sns") {
    const { topicArn, region = regionOf(topicArn), profile, endpoint } = entry;
    return { id, events, jobs, type: "sns", topicArn, aws: { region, profile, endpoint } };
  }
  if (entry.type === "email") {
    const { tls = entry.port === 465, plaintext = false } = entry;
    return { ...entry, tls, plaintext, secret: load("secret") };
  }
  const url = load("url");
  if (url === undefined) throw hasNoAddress(id);
  return { id, events, jobs, type: entry.type, url, secret: load("secret") };
}

/** `arn:aws:sns:<region>:…`. */
function regionOf(topicArn: string): string | undefined {
  return topicArn.split(":")[3] || undefined;
}

function secretsOf({ settings }: AppContext): ReturnType<typeof openSecretStore> {
  return openSecretStore({ home: settings.home, environment: settings.environment });
}

function secretName(id: string, what: "url" | "secret"): string {
  return `notify.${id}.${what}`;
}

function assertKnown(id: string, entries: readonly ChannelEntry[]): void {
  if (entries.some((entry) => entry.id === id)) return;
  const known = entries.length === 0 ? "none" : entries.map((entry) => entry.id).join(", ");
  throw new BackupError(
    "invalid-argument",
    `channel ${quote(id)} is not configured (there is: ${known})`,
  );
}

function hasNoAddress(id: string): BackupError {
  return new BackupError("not-configured", `channel ${quote(id)} has no address`, {
    hint: "remove it and add it again with --url-file",
  });
}

function warn({ onProgress }: AppContext, text: string): void {
  onProgress?.({ type: "message", level: "warning", text });
}
