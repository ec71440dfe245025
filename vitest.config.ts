import { join } from "node:path";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { SummaryReporter } from "./test/helpers/summary-reporter.ts";
import { cacheDir } from "./test/parts/environment.ts";

const project = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: 120_000 },
});

const config: ViteUserConfig = defineConfig({
  test: {
    // Two cores is what CI has; the servers that the tests start need their share.
    maxWorkers: 3,
    // Processes that run sources start in 0.17 s instead of 0.55; hundreds of them are killed.
    env: { NODE_COMPILE_CACHE: join(cacheDir(), "compile-cache") },
    reporters: ["default", new SummaryReporter()],
    projects: [
      project("unit", 10_000),
      project("property", 60_000),
      project("conformance", 60_000),
      project("format", 180_000),
      project("fault", 180_000),
      project("e2e", 300_000),
    ],
  },
});
export default config;
