/** How each kind of channel sends one notice. Each throws an `Error` whose message names no address. @module */
import { publishToSns } from "../../aws/index.ts";
import type { Channel, Notice } from "../types.ts";
import { sendEmail } from "./email.ts";
import { sendGotify, sendNtfy, sendPing, sendSlack, sendWebhook } from "./http.ts";

export { sendPing } from "./http.ts";

/** Sends one notice once. A dead-man's ping takes none but a test: it is told of runs. */
export async function send(channel: Channel, notice: Notice, now: Date): Promise<void> {
  switch (channel.type) {
    case "webhook":
      return await sendWebhook(channel, notice, now);
    case "slack":
      return await sendSlack(channel, notice);
    case "ntfy":
      return await sendNtfy(channel, notice);
    case "gotify":
      return await sendGotify(channel, notice);
    case "email":
      return await sendEmail(channel, notice);
    case "sns": {
      const { title: subject, text, event, instance } = notice;
      const { topicArn, aws } = channel;
      const attributes = { event, instance };
      return await publishToSns({ topicArn, subject, text, attributes }, aws);
    }
    case "ping":
      return await sendPing(channel.url, "success");
  }
}
