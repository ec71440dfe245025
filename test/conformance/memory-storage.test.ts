import { systemClock } from "../../lib/base/index.ts";
import {
  MemoryStorage,
  withBandwidthLimit,
  withPrefix,
  withRetry,
} from "../../lib/storage/index.ts";
import { describeStorage } from "./storage-suite.ts";

const clock = systemClock;

describeStorage("memory", async () => new MemoryStorage());
describeStorage("versioned memory", async () => new MemoryStorage({ versioning: true }));
describeStorage("memory with retries", async () => withRetry(new MemoryStorage(), { clock }));
describeStorage("a part of memory", async () => withPrefix(new MemoryStorage(), "/some/where/"));
describeStorage("memory with limited bandwidth", async () =>
  withBandwidthLimit(new MemoryStorage(), 1e9, clock),
);
