import { Secret, systemClock } from "../../lib/base/index.ts";
import type { Blueprint, CloudOptions } from "../../lib/provision/index.ts";
import type { AccessKey } from "./minio.ts";

/** What one EC2 instance needs in an AWS account; the account is the emulator's. */
export const AWS_BLUEPRINT: Blueprint = {
  service: { kind: "aws", name: "Amazon S3", hasVersions: true, hasKms: true, isSecure: true },
  region: "eu-central-1",
  bucket: "clawback-123456789012-eu-central-1-an",
  isExistingBucket: false,
  prefix: "",
  instance: "agent",
  key: { kind: "new", alias: "alias/clawback" },
  level: "standard",
  trust: "ec2",
};

/** Reaches a test server with somebody's keys, and never waits. */
export function cloudOptions(keys: AccessKey, endpoint: string): CloudOptions {
  return {
    region: AWS_BLUEPRINT.region,
    endpoint,
    awsEndpoint: endpoint,
    forcePathStyle: true,
    accessKeyId: keys.accessKeyId,
    secretAccessKey: new Secret(keys.secretAccessKey),
    clock: { ...systemClock, sleep: async () => undefined },
  };
}
