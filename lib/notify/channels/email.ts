import { SECOND_MS } from "../../base/index.ts";
import type { EmailChannel, Notice } from "../types.ts";

const TIMEOUT_MS: number = 20 * SECOND_MS;

/** Sends a plain mail. Its Message-ID is that of the notice, so that a repetition is the same mail. */
export async function sendEmail(channel: EmailChannel, notice: Notice): Promise<void> {
  const { host, port, tls, plaintext, user, secret, from, to } = channel;
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    host,
    port,
    secure: tls,
    requireTLS: !tls && !plaintext,
    ignoreTLS: plaintext,
    ...(user === undefined ? {} : { auth: { user, pass: secret?.reveal() ?? "" } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject: notice.title,
      text: `${notice.text}\n`,
      date: new Date(notice.at),
      messageId: `<${notice.id}@clawback.invalid>`,
      headers: { "auto-submitted": "auto-generated", "x-clawback-event": notice.event },
    });
  } finally {
    transport.close();
  }
}
