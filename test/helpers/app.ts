import { join } from "node:path";
import { type AppContext, initHome, openApp } from "../../lib/app/index.ts";
import { makeSample } from "../../lib/app/sample.ts";
import type { Clock, OnProgress } from "../../lib/base/index.ts";
import { readEnvironment } from "../../lib/settings/index.ts";
import { type TempDir, tempDir } from "./temp-dir.ts";

export interface TestApp extends AsyncDisposable {
  readonly app: AppContext;
  readonly user: TempDir;
  readonly stateDir: string;
}

export interface TestAppOptions {
  readonly files?: number | undefined;
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly clock?: Clock | undefined;
}

/** An application of its own: a user's home with a sample installation, a Clawback home and its directory storage `local`. */
export async function testApp(options: TestAppOptions = {}): Promise<TestApp> {
  const user = await tempDir();
  const stateDir = user.join(".openclaw");
  await makeSample(stateDir, { files: options.files ?? 5 });
  const environment = {
    ...readEnvironment(),
    userHome: user.path,
    variables: { HOME: user.path, ...options.variables },
  };
  const flags = { home: join(user.path, ".clawback") };
  {
    await using fresh = await openApp({ environment, flags });
    await initHome(fresh, { instance: "tester" });
  }
  const { onProgress, clock } = options;
  const app = await openApp({ environment, flags, onProgress, clock });
  return {
    app,
    user,
    stateDir,
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]();
      await user[Symbol.asyncDispose]();
    },
  };
}
