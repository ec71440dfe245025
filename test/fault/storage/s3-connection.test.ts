import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BackupError, Secret, systemClock } from "../../../lib/base/index.ts";
import { openS3Storage, type S3StorageOptions } from "../../../lib/storage/index.ts";
import { freePort } from "../../helpers/servers.ts";

const fixture = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url)), "utf8");

interface Listening extends AsyncDisposable {
  readonly port: number;
}

async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server that lists an empty bucket over TLS. */
function tlsServer(certificate: string): Promise<Listening> {
  const options = { key: fixture(`${certificate}.key`), cert: fixture(`${certificate}.pem`) };
  return listen(
    createTlsServer(options, (_, response) =>
      response.end("<ListBucketResult></ListBucketResult>"),
    ),
  );
}

async function failureOf(
  endpoint: string,
  more: Partial<S3StorageOptions> = {},
): Promise<BackupError | undefined> {
  await using storage = await openS3Storage({
    bucket: "backups",
    preset: "other",
    endpoint,
    accessKeyId: "key",
    secretAccessKey: new Secret("secret"),
    sse: "none",
    clock: systemClock,
    ...more,
  });
  try {
    await storage.list("")[Symbol.asyncIterator]().next();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(BackupError);
    return error as BackupError;
  }
}

describe("an S3 service that cannot be reached", () => {
  test("refuses the connection", async () => {
    const failure = await failureOf(`http://127.0.0.1:${await freePort()}`);
    expect(failure).toMatchObject({
      code: "storage-unavailable",
      message: "s3://backups cannot be reached: it refuses the connection (ECONNREFUSED)",
      hint: "check that the server runs, and host and port of the endpoint",
    });
  });

  test("has a host name that nobody knows", async () => {
    const failure = await failureOf("https://s3.nowhere.invalid");
    expect(failure?.code).toBe("storage-unavailable");
    expect(failure?.message).toMatch(/host name is not known|cannot be resolved/);
  });

  test("closes the connection at once", async () => {
    await using server = await listen(createServer((socket) => socket.destroy()));
    expect(await failureOf(`http://127.0.0.1:${server.port}`)).toMatchObject({
      code: "storage-unavailable",
      message: expect.stringContaining("the connection broke"),
    });
  });

  test("takes the connection and never answers", async () => {
    await using server = await listen(createServer(() => undefined));
    const failure = await failureOf(`http://127.0.0.1:${server.port}`, {
      timeouts: { idleMs: 200 },
    });
    expect(failure).toMatchObject({
      code: "storage-timeout",
      message: "s3://backups cannot be reached: it does not answer",
    });
  });

  test("speaks something else than HTTP", async () => {
    await using server = await listen(createServer((socket) => socket.end("220 smtp ready\r\n")));
    expect(await failureOf(`http://127.0.0.1:${server.port}`)).toMatchObject({
      code: "storage-rejected",
      message: expect.stringContaining("does not speak HTTP"),
    });
  });

  test("speaks HTTP where TLS was asked for", async () => {
    await using server = await listen(createHttpServer((_, response) => response.end()));
    expect(await failureOf(`https://127.0.0.1:${server.port}`)).toMatchObject({
      code: "storage-rejected",
      message: expect.stringContaining("does not speak TLS"),
      hint: expect.stringContaining("http://"),
    });
  });

  test("has a certificate of an authority that is unknown here", async () => {
    await using server = await tlsServer("valid");
    expect(await failureOf(`https://127.0.0.1:${server.port}`)).toMatchObject({
      code: "storage-rejected",
      message: expect.stringMatching(/authority unknown here|self-signed/),
      hint: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    });
  });
});

describe("an S3 service over TLS whose authority is known", () => {
  const before = getCACertificates();
  beforeAll(() => setDefaultCACertificates([...before, fixture("authority.pem")]));
  afterAll(() => setDefaultCACertificates(before));

  test("works when all is well", async () => {
    await using server = await tlsServer("valid");
    expect(await failureOf(`https://127.0.0.1:${server.port}`)).toBeUndefined();
  });

  test.each([
    ["expired", "its certificate has expired", "clock"],
    ["future", "its certificate is not valid yet", "clock"],
    ["other-host", "its certificate is for another host name", "path addressing"],
  ])("is refused when its certificate is %s", async (certificate, text, hint) => {
    await using server = await tlsServer(certificate);
    expect(await failureOf(`https://127.0.0.1:${server.port}`)).toMatchObject({
      code: "storage-rejected",
      message: expect.stringContaining(`s3://backups cannot be reached: ${text}`),
      hint: expect.stringContaining(hint),
    });
  });
});
