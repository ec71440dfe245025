import { type Clock, isBackupError } from "../base/index.ts";
import { send, sendPing } from "./channels/index.ts";
import {
  changeOutbox,
  giveUp,
  type Outbox,
  readOutbox,
  remember,
  type WaitingNotice,
  wasTold,
} from "./outbox.ts";
import { renderNotice } from "./render.ts";
import type { Occasion } from "./rules.ts";
import type { Channel, Delivery, Notice } from "./types.ts";

export interface NotifyOptions {
  /** Where notices wait: a directory of the home. */
  readonly directory: string;
  readonly channels: readonly Channel[];
  readonly instance: string;
  readonly host: string;
  readonly clock: Clock;
  /** Gives each notice its id. */
  readonly createId: (now: Date) => string;
  /** Told in a sentence what could not be delivered or written down. */
  readonly onProblem: (text: string) => void;
}

/**
 * Tells of what happened, and tries again what earlier runs could not deliver.
 *
 * A notice is written down for each channel that wants it before it is sent, and crossed out after: whatever is killed in between, it is
 * delivered at least once. What was told within a day is not told again.
 *
 * @returns What became of every attempt.
 */
export async function notify(
  occasions: readonly Occasion[],
  options: NotifyOptions,
): Promise<readonly Delivery[]> {
  const { directory, clock, onProblem } = options;
  const outbox = readOutbox(directory);
  const now = clock.now();
  const fresh = occasions.filter(({ key }) => !wasTold(outbox, key, now));
  if (fresh.length + outbox.waiting.length === 0) return [];
  const added = fresh.flatMap((occasion) => addressed(occasion, now, options));
  const waiting = await tryWriting(added, options, async () => {
    return (await writeDown(fresh, added, options)).waiting;
  });
  const attempts = await Promise.all(waiting.map((it) => attempt(it, options)));
  await tryWriting([], options, async () => {
    await changeOutbox(directory, clock, (current) => crossOut(current, attempts));
    return [];
  });
  for (const { delivery } of attempts) {
    if (!delivery.ok) {
      onProblem(
        `notice to ${delivery.channel} is not delivered, and tried again with the next run: ${delivery.message}`,
      );
    }
  }
  return attempts.map(({ delivery }) => delivery);
}

/** A full disk is what has to be told, and must not keep it from being told: then it is sent without being written down. */
async function tryWriting(
  otherwise: readonly WaitingNotice[],
  { onProblem }: NotifyOptions,
  write: () => Promise<readonly WaitingNotice[]>,
): Promise<readonly WaitingNotice[]> {
  try {
    return await write();
  } catch (error) {
    if (!isBackupError(error)) throw error;
    onProblem(`notices cannot be written down, and are sent only once: ${error.message}`);
    return otherwise;
  }
}

/** Sends a test to channels, once, without the outbox. */
export async function testChannels(options: NotifyOptions): Promise<readonly Delivery[]> {
  const now = options.clock.now();
  const occasion: Occasion = { event: "test", key: "test", values: {} };
  const notice = renderNotice(occasion, { ...options, id: options.createId(now), now });
  return await Promise.all(options.channels.map((channel) => sendOnce(channel, notice, now)));
}

/**
 * Tells dead-man's switches that a run began or how it ended; they raise the alarm themselves when they hear nothing.
 * @returns Why it failed, in sentences.
 */
export async function ping(
  channels: readonly Channel[],
  job: string,
  kind: "start" | "success" | "fail",
): Promise<string[]> {
  const pings = channels
    .filter((channel) => channel.type === "ping")
    .filter(({ jobs }) => isOneOf(job, jobs));
  const failures = pings.map(async ({ id, url }) => {
    try {
      await sendPing(url, kind);
      return [];
    } catch (error) {
      return [`ping to ${id} failed: ${messageOf(error)}`];
    }
  });
  return (await Promise.all(failures)).flat();
}

function isOneOf(job: string | undefined, jobs: readonly string[] | undefined): boolean {
  return job === undefined || jobs === undefined || jobs.includes(job);
}

function addressed(occasion: Occasion, now: Date, options: NotifyOptions): WaitingNotice[] {
  const notice = renderNotice(occasion, { ...options, id: options.createId(now), now });
  return options.channels
    .filter(({ type, events }) => type !== "ping" && (events?.includes(occasion.event) ?? true))
    .filter(({ jobs }) => isOneOf(occasion.job, jobs))
    .map(({ id: channel }) => ({ notice, channel, attempts: 0, since: now.toISOString() }));
}

async function writeDown(
  fresh: readonly Occasion[],
  added: readonly WaitingNotice[],
  { directory, clock, channels, onProblem }: NotifyOptions,
): Promise<Outbox> {
  const now = clock.now();
  const known = new Set(channels.map(({ id }) => id));
  const keys = fresh.map(({ key }) => key);
  let lost: readonly WaitingNotice[] = [];
  const change = (current: Outbox): Outbox => {
    const kept = giveUp(current, now);
    lost = kept.lost;
    // Those of channels that were removed since.
    const waiting = kept.outbox.waiting.filter(({ channel }) => known.has(channel));
    const cleared = fresh.flatMap(({ clears }) => clears ?? []);
    const told = current.told.filter(({ key }) => !cleared.some((it) => key.startsWith(it)));
    return remember({ waiting: [...waiting, ...added], told }, keys, now);
  };
  const outbox = await changeOutbox(directory, clock, change);
  for (const { channel, notice } of lost)
    onProblem(
      `notice "${notice.title}" of ${notice.at} was given up: ${channel} did not take it for a week`,
    );
  return outbox;
}

interface Attempt {
  readonly tried: WaitingNotice;
  readonly delivery: Delivery;
}

async function attempt(tried: WaitingNotice, options: NotifyOptions): Promise<Attempt> {
  const channel = options.channels.find(({ id }) => id === tried.channel);
  const { notice } = tried;
  const gone = { channel: tried.channel, event: notice.event, ok: false, message: "it is gone" };
  const delivery =
    channel === undefined ? gone : await sendOnce(channel, notice, options.clock.now());
  return { tried, delivery };
}

/** Takes what was delivered out, and counts an attempt for the rest; what others have added meanwhile stays. */
function crossOut(outbox: Outbox, attempts: readonly Attempt[]): Outbox {
  const waiting = outbox.waiting.flatMap((it) => {
    const own = attempts.find(
      ({ tried }) => tried.notice.id === it.notice.id && tried.channel === it.channel,
    );
    if (own === undefined) return [it];
    const { ok, message } = own.delivery;
    return ok ? [] : [{ ...it, attempts: it.attempts + 1, lastError: message }];
  });
  return { ...outbox, waiting };
}

async function sendOnce(channel: Channel, notice: Notice, now: Date): Promise<Delivery> {
  const facts = { channel: channel.id, event: notice.event };
  try {
    await send(channel, notice, now);
    return { ...facts, ok: true };
  } catch (error) {
    return { ...facts, ok: false, message: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}
