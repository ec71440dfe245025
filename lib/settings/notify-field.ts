import { z } from "zod";
import { quote } from "../base/index.ts";
import { checkValue } from "./checked-value.ts";
import { JOB_NAMES, type JobName } from "./jobs-field.ts";

export type NoticeEventName =
  | "failure"
  | "recovery"
  | "omissions"
  | "degraded"
  | "stale"
  | "suspended";
export const NOTICE_EVENTS: readonly NoticeEventName[] = [
  ...(["failure", "recovery", "omissions", "degraded", "stale", "suspended"] as const),
];

const text = (max = 1024) => z.string().min(1).max(max);
const base = {
  id: text(32).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected letters, digits, dots and dashes"),
  events: z.array(z.enum(NOTICE_EVENTS)).min(1).max(NOTICE_EVENTS.length).optional(),
  jobs: z.array(z.enum(JOB_NAMES)).min(1).max(JOB_NAMES.length).optional(),
};

/** Kinds whose address is a secret, or may be one: it lies in `secrets.json`. */
const addressed = z.strictObject({
  ...base,
  type: z.enum(["webhook", "slack", "ntfy", "gotify", "ping"]),
});
const email = z.strictObject({
  ...base,
  type: z.literal("email"),
  host: text(255),
  port: z.number().int().min(1).max(65_535),
  tls: z.boolean().optional(),
  plaintext: z.boolean().optional(),
  user: text(255).optional(),
  from: text(320),
  to: z.array(text(320)).min(1).max(50),
});
const sns = z.strictObject({
  ...base,
  type: z.literal("sns"),
  topicArn: text(512).regex(/^arn:/, "expected the ARN of a topic"),
  region: text(64).optional(),
  profile: text(255).optional(),
  endpoint: text().optional(),
});

const channel = z.union([addressed, email, sns]);

/** `notify` of the settings file. */
export const notifyField: z.ZodType<NotifyEntry> = z
  .strictObject({ channels: z.array(channel).max(50).optional() })
  .refine(({ channels = [] }) => new Set(channels.map(({ id }) => id)).size === channels.length, {
    error: "expected each channel's id once",
    path: ["channels"],
  });

interface ChannelBase {
  readonly id: string;
  /** @default all */
  readonly events?: readonly NoticeEventName[] | undefined;
  /** @default all; of a ping those that make backups */
  readonly jobs?: readonly JobName[] | undefined;
}

export interface AddressedChannelEntry extends ChannelBase {
  readonly type: "webhook" | "slack" | "ntfy" | "gotify" | "ping";
}

export interface EmailChannelEntry extends ChannelBase {
  readonly type: "email";
  readonly host: string;
  readonly port: number;
  /** @default for port 465 */
  readonly tls?: boolean | undefined;
  /** Send without encryption, also the password. @default false */
  readonly plaintext?: boolean | undefined;
  readonly user?: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
}

export interface SnsChannelEntry extends ChannelBase {
  readonly type: "sns";
  readonly topicArn: string;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpoint?: string | undefined;
}

export type ChannelEntry = AddressedChannelEntry | EmailChannelEntry | SnsChannelEntry;

export interface NotifyEntry {
  readonly channels?: readonly ChannelEntry[] | undefined;
}

/**
 * Holds one channel against what the file accepts, before it is added.
 * @throws BackupError `invalid-argument` that names the wrong field
 */
export function checkChannelEntry(entry: ChannelEntry): ChannelEntry {
  const label = `channel ${quote(String(entry.id))}`;
  const shapes = { email, sns } as const;
  const schema = entry.type === "email" || entry.type === "sns" ? shapes[entry.type] : addressed;
  const fieldsAt = () => Object.keys(schema.shape);
  return checkValue<ChannelEntry>(entry, schema, { label, fieldsAt, code: "invalid-argument" });
}

/** The fields that may stand at a place below `notify`. */
export function notifyFieldsAt(place: readonly PropertyKey[]): readonly string[] {
  if (place.length === 0) return ["channels"];
  const all = [addressed, email, sns].flatMap(({ shape }) => Object.keys(shape));
  return [...new Set(all)];
}
