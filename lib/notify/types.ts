import type { AwsClientOptions } from "../aws/index.ts";
import type { Secret } from "../base/index.ts";

/** What a notice is about. */
export type NoticeEvent =
  | "failure"
  | "recovery"
  | "omissions"
  | "degraded"
  | "stale"
  | "suspended"
  | "test";

/** One thing that somebody should know; goes to every channel that wants its event. */
export interface Notice {
  /** The same for each attempt, so that a receiver can tell a repetition. */
  readonly id: string;
  readonly event: NoticeEvent;
  readonly instance: string;
  readonly job?: string | undefined;
  /** ISO 8601. */
  readonly at: string;
  readonly title: string;
  readonly text: string;
}

interface ChannelBase {
  readonly id: string;
  /** @default all but `test`, which every channel gets when it is asked for */
  readonly events?: readonly NoticeEvent[] | undefined;
  /** Only of these jobs. @default all */
  readonly jobs?: readonly string[] | undefined;
}

/** A JSON object by POST; with a secret it is signed. */
export interface WebhookChannel extends ChannelBase {
  readonly type: "webhook";
  readonly url: Secret;
  readonly secret?: Secret | undefined;
}

export interface SlackChannel extends ChannelBase {
  readonly type: "slack";
  readonly url: Secret;
}

/** `url` is that of the topic; the secret an access token. */
export interface NtfyChannel extends ChannelBase {
  readonly type: "ntfy";
  readonly url: Secret;
  readonly secret?: Secret | undefined;
}

/** `url` is that of the server; the secret the application's token. */
export interface GotifyChannel extends ChannelBase {
  readonly type: "gotify";
  readonly url: Secret;
  readonly secret?: Secret | undefined;
}

export interface EmailChannel extends ChannelBase {
  readonly type: "email";
  readonly host: string;
  readonly port: number;
  /** TLS from the start (465); else STARTTLS, without which nothing is sent unless `plaintext` allows it. */
  readonly tls: boolean;
  readonly plaintext: boolean;
  readonly user?: string | undefined;
  readonly secret?: Secret | undefined;
  readonly from: string;
  readonly to: readonly string[];
}

export interface SnsChannel extends ChannelBase {
  readonly type: "sns";
  readonly topicArn: string;
  readonly aws: AwsClientOptions;
}

/** Told of each run's begin and end: it raises an alarm itself when it hears nothing. */
export interface PingChannel extends ChannelBase {
  readonly type: "ping";
  readonly url: Secret;
}

export type Channel =
  | WebhookChannel
  | SlackChannel
  | NtfyChannel
  | GotifyChannel
  | EmailChannel
  | SnsChannel
  | PingChannel;

/** What became of one attempt. */
export interface Delivery {
  readonly channel: string;
  readonly event: NoticeEvent;
  readonly ok: boolean;
  /** Why it failed; never the address, which may be a secret. */
  readonly message?: string | undefined;
}
