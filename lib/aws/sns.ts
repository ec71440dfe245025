import { createSnsClient } from "./clients.ts";
import { readFailure } from "./failure.ts";
import type { AwsClientOptions } from "./options.ts";

/** What SNS takes as a subject: printable ASCII, less than 100 characters. */
const MAX_SUBJECT = 99;

export interface SnsMessage {
  readonly topicArn: string;
  readonly subject: string;
  readonly text: string;
  /** Attributes that subscribers can filter by. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Publishes a message to a topic. @throws Error that says what the service answered */
export async function publishToSns(message: SnsMessage, options: AwsClientOptions): Promise<void> {
  const { PublishCommand } = await import("@aws-sdk/client-sns");
  const client = await createSnsClient(options);
  const attributes = Object.entries(message.attributes).map(([name, value]) => [
    name,
    { DataType: "String", StringValue: value },
  ]);
  const subject = message.subject.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, MAX_SUBJECT);
  try {
    await client.send(
      new PublishCommand({
        TopicArn: message.topicArn,
        Subject: subject,
        Message: message.text,
        MessageAttributes: Object.fromEntries(attributes),
      }),
    );
  } catch (error) {
    const { name, message: said, systemCode } = readFailure(error);
    throw new Error(`SNS: ${systemCode ?? name}: ${said}`, { cause: error });
  } finally {
    client.destroy();
  }
}
