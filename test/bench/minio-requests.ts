import { setTimeout as sleep } from "node:timers/promises";

/** MinIO gathers its metrics every ten seconds. */
const STALE_MS = 11_000;

/**
 * How many S3 requests a MinIO has answered since it was started, of all kinds; it must be started with public metrics. Waits until
 * the figure is of now.
 * @see https://min.io/docs/minio/linux/reference/minio-metrics.html, `minio_s3_requests_total`
 */
export async function requestsAnswered(endpoint: string): Promise<number> {
  await sleep(STALE_MS);
  const answer = await fetch(`${endpoint}/minio/v2/metrics/node`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`MinIO's metrics: ${answer.status} ${text}`);
  const lines = text.split("\n").filter((line) => line.startsWith("minio_s3_requests_total{"));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
