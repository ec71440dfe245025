import { fork } from "node:child_process";
import { NODE } from "../../parts/environment.ts";
import type { KilledWork } from "./client-process.ts";

const PROCESS: string = new URL("client-process.ts", import.meta.url).pathname;

/**
 * Does work in a process that is to be killed in the middle.
 * @returns whether it was killed
 * @throws Error when it failed by itself
 */
export async function runDoomed(order: KilledWork): Promise<boolean> {
  const child = fork(PROCESS, [JSON.stringify(order)], {
    execPath: NODE,
    execArgv: [],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let said = "";
  child.stderr?.on("data", (text) => (said += String(text)));
  child.stdout?.resume();
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once("close", (...ended) => resolve(ended));
  });
  if (signal === "SIGKILL") return true;
  if (code === 0) return false;
  throw new Error(`the process ended with ${code ?? signal}: ${said}`);
}
