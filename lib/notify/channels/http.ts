import { createHmac } from "node:crypto";
import { MINUTE_MS, SECOND_MS, type Secret } from "../../base/index.ts";
import type { GotifyChannel, Notice, NtfyChannel, SlackChannel, WebhookChannel } from "../types.ts";

const TIMEOUT_MS: number = 20 * SECOND_MS;
const JSON_TYPE = { "content-type": "application/json" };

/**
 * A JSON object; `id` is the same for each attempt. With a secret, `x-clawback-signature` is `t=<unix seconds>,v1=<hex>`, the HMAC-SHA-256
 * of `<unix seconds>.<body>` under the secret, so that a receiver can tell who sent it and refuse what is old.
 */
export async function sendWebhook(
  { url, secret }: WebhookChannel,
  notice: Notice,
  now: Date,
): Promise<void> {
  const { id, event, instance, job, at, title, text } = notice;
  const body = JSON.stringify({ version: 1, id, event, instance, job, at, title, text });
  await post(url, body, {
    ...JSON_TYPE,
    "x-clawback-event": event,
    "x-clawback-id": id,
    ...(secret === undefined ? {} : { "x-clawback-signature": signBody(body, secret, now) }),
  });
}

/** What `x-clawback-signature` holds. */
export function signBody(body: string, secret: Secret, now: Date): string {
  const seconds = Math.floor(now.getTime() / SECOND_MS);
  const hash = createHmac("sha256", secret.reveal()).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${hash}`;
}

/** An incoming webhook of Slack, or of what understands those (Mattermost, Rocket.Chat). */
export async function sendSlack({ url }: SlackChannel, { title, text }: Notice): Promise<void> {
  const body = JSON.stringify({ text: `*${plain(title)}*\n${plain(text)}` });
  await post(url, body, JSON_TYPE);
}

/** @see https://api.slack.com/reference/surfaces/formatting#escaping */
function plain(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

export async function sendNtfy({ url, secret }: NtfyChannel, notice: Notice): Promise<void> {
  await post(url, notice.text, {
    title: asHeader(notice.title),
    priority: isUrgent(notice) ? "high" : "default",
    ...(secret === undefined ? {} : { authorization: `Bearer ${secret.reveal()}` }),
  });
}

export async function sendGotify(channel: GotifyChannel, notice: Notice): Promise<void> {
  const { title, text } = notice;
  const body = JSON.stringify({ title, message: text, priority: isUrgent(notice) ? 8 : 4 });
  const url = channel.url.reveal().replace(/\/*$/, "/message");
  const token = channel.secret === undefined ? {} : { "x-gotify-key": channel.secret.reveal() };
  await request(url, { method: "POST", body, headers: { ...JSON_TYPE, ...token } });
}

/** What healthchecks.io and its kin understand: `/start`, nothing, `/fail`. */
export async function sendPing(url: Secret, kind: "start" | "success" | "fail"): Promise<void> {
  const base = url.reveal().replace(/\/+$/, "");
  await request(kind === "success" ? base : `${base}/${kind}`, { method: "POST", body: "" });
}

function isUrgent({ event }: Notice): boolean {
  return event === "failure" || event === "stale" || event === "degraded";
}

/** @see RFC 2047 */
function asHeader(text: string): string {
  const isPlain = /^[\x20-\x7e]*$/.test(text);
  return isPlain ? text : `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`;
}

async function post(url: Secret, body: string, headers: Record<string, string>): Promise<void> {
  await request(url.reveal(), { method: "POST", body, headers });
}

/** @throws Error without the address: it may be the secret itself. Redirects are not followed, for what is sent is for one receiver. */
async function request(url: string, init: RequestInit): Promise<void> {
  let response: Response;
  try {
    const signal = AbortSignal.timeout(Math.min(TIMEOUT_MS, MINUTE_MS));
    response = await fetch(url, { ...init, redirect: "manual", signal });
  } catch (error) {
    throw new Error(describeFailure(error), { cause: error });
  }
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
}

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return "the receiver cannot be reached";
  if (error.name === "TimeoutError") return "the receiver did not answer in time";
  const code = error.cause instanceof Error && "code" in error.cause ? error.cause.code : undefined;
  return `the receiver cannot be reached${typeof code === "string" ? ` (${code})` : ""}`;
}
