import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A stand-in for an OpenAI-compatible model, so that real agent turns can be taken without a network. */
export interface FakeModel extends AsyncDisposable {
  /** What goes into `models.providers.<id>.baseUrl`. */
  readonly url: string;
}

interface Message {
  readonly role: string;
  readonly content?: unknown;
}

/**
 * Starts the model in this process, on a free port.
 *
 * A user's message with `USE TOOL:name {"json":"arguments"}` on one line makes it call that tool once with those
 * arguments; it answers every other message with "All done.".
 */
export async function startFakeModel(): Promise<FakeModel> {
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  if (request.url?.endsWith("/models")) {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ object: "list", data: [{ id: "m1", object: "model" }] }));
    return;
  }
  const { messages = [] } = JSON.parse(body || "{}") as { messages?: Message[] };
  const call = requestedCall(messages);
  const [delta, reason] = call
    ? [{ role: "assistant", tool_calls: [call] }, "tool_calls"]
    : [{ role: "assistant", content: "All done." }, "stop"];
  response.setHeader("content-type", "text/event-stream");
  response.write(chunk({ choices: [{ index: 0, delta, finish_reason: null }] }));
  response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: reason }] }));
  const usage = { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 };
  response.write(chunk({ choices: [], usage }));
  response.end("data: [DONE]\n\n");
}

function chunk(fields: object): string {
  const frame = { id: "c1", object: "chat.completion.chunk", created: 1, model: "m1", ...fields };
  return `data: ${JSON.stringify(frame)}\n\n`;
}

/** The tool call that the last request asks for, unless its result is already among the messages. */
function requestedCall(messages: readonly Message[]): object | undefined {
  const asked = messages.findLastIndex(
    (message) => message.role === "user" && contentOf(message).includes("USE TOOL:"),
  );
  const isAnswered = messages.slice(asked).some((message) => message.role === "tool");
  const message = messages[asked];
  if (message === undefined || isAnswered) {
    return undefined;
  }
  const match = /USE TOOL:(\w+)\s*(\{[^\n]*?\})?/.exec(contentOf(message));
  const [, name, args = "{}"] = match ?? [];
  return { index: 0, id: "call_1", type: "function", function: { name, arguments: args } };
}

function contentOf({ content }: Message): string {
  if (typeof content === "string") {
    return content;
  }
  const parts = Array.isArray(content) ? (content as { text?: string }[]) : [];
  return parts.map((part) => part.text ?? "").join("\n");
}
