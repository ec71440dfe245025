import { KMSClient, ListKeysCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  applyProvision,
  type CloudOptions,
  differences,
  planProvision,
} from "../../lib/provision/index.ts";
import { type AwsFault, type AwsProxy, startAwsProxy } from "../helpers/aws-proxy.ts";
import { type Moto, startMoto } from "../helpers/moto.ts";
import { describeWith } from "../helpers/parts.ts";
import { AWS_BLUEPRINT, cloudOptions } from "../helpers/provision.ts";

describeWith("moto", "making what backups need, interrupted", () => {
  let moto: Moto;
  let proxy: AwsProxy;
  let options: CloudOptions;
  let calls: readonly string[];
  const plan = () => planProvision(AWS_BLUEPRINT, options);
  const setUp = async () => await applyProvision(await plan(), options);
  const forget = async (): Promise<void> => {
    await moto.reset();
    proxy.forget();
  };

  beforeAll(async () => {
    moto = await startMoto();
    proxy = await startAwsProxy(moto.endpoint);
    options = cloudOptions(moto, proxy.endpoint);
    await setUp();
    calls = [...proxy.changes];
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await moto[Symbol.asyncDispose]();
  });

  /** Lets one call fail, runs again, and looks that everything stands, and only one key is paid for. */
  const failOnce = async (nth: number, fault: AwsFault): Promise<string> => {
    await forget();
    proxy.failChange(nth, fault);
    const outcome = await setUp().then(
      () => "done",
      (error) => error.code,
    );
    await setUp();
    expect({ call: calls[nth - 1], left: differences(await plan()).map(({ id }) => id) }).toEqual({
      call: calls[nth - 1],
      left: [],
    });
    expect(await countKeys(moto)).toBe(1);
    return outcome;
  };

  test.each(["denied", "answer-lost"] as const)(
    "each call %s once: the next run goes on where it stopped",
    async (fault) => {
      expect(calls.length).toBeGreaterThan(13);
      for (const [i, call] of calls.entries()) {
        const outcome = `${call}: ${await failOnce(i + 1, fault)}`;
        if (fault === "denied") expect(outcome).toBe(`${call}: storage-access-denied`);
      }
    },
    400_000,
  );

  test("a service that asks to slow down is waited for within one run", async () => {
    expect(await failOnce(4, "throttled")).toBe("done");
  });
});

async function countKeys(moto: Moto): Promise<number> {
  const client = new KMSClient({
    endpoint: moto.endpoint,
    region: AWS_BLUEPRINT.region,
    credentials: moto,
  });
  const { Keys = [] } = await client.send(new ListKeysCommand({}));
  client.destroy();
  return Keys.length;
}
