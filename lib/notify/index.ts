/**
 * Tells people what happened to their backups: webhook, Slack, ntfy, Gotify, mail, SNS, and a dead-man's ping.
 *
 * `judgeRun` and `judgeStaleness` decide what is worth telling, and are pure. `notify` writes each notice down before it is sent and crosses
 * it out afterwards, so that it arrives at least once, whatever is killed in between; what a channel did not take is tried again with
 * the next run, for a week. A notice carries no secret and no path; a failure to deliver is told without the channel's address, which may be
 * a secret. Nothing here reads runs or settings: `app` hands them in.
 *
 * Read first: `rules.ts`, then `deliver.ts`. The texts are in `templates/notices.ts`.
 *
 * @module
 */
export { type NotifyOptions, notify, ping, testChannels } from "./deliver.ts";
export { type Outbox, readOutbox, type WaitingNotice } from "./outbox.ts";
export {
  type JudgedRun,
  judgeRun,
  judgeStaleness,
  type Occasion,
  type StaleLimits,
} from "./rules.ts";
export type * from "./types.ts";
