import { quote } from "../../base/index.ts";
import type { GatewayState } from "../types.ts";

/** What the reader can do about a Gateway that {@link findGateway} found; one line, with the command in it. Empty when it is stopped. */
export function gatewayStopCommand(state: GatewayState): string {
  if (state.status === "stopped") return "";
  const { pid, evidence, lockPath } = state;
  if (evidence === "lock") {
    return `stop it with "openclaw gateway stop" (or "kill ${pid}" if it was started by hand)`;
  }
  if (evidence === "database") {
    const who = pid > 0 ? `process ${pid}` : "the program that has it open";
    return `end ${who}, which may be a Gateway ("openclaw gateway stop") or an openclaw command at work`;
  }
  const remove = lockPath === undefined ? "" : `; if none runs anywhere, remove ${quote(lockPath)}`;
  return `stop the container or machine in which it runs${remove}`;
}
