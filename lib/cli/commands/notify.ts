import type { Delivery } from "../../app/index.ts";
import type { CommandDefinition } from "../command.ts";
import { formatTable } from "../table.ts";
import { add } from "./notify-add.ts";

const listCommand: CommandDefinition = {
  usage: "list",
  group: "Setup and care",
  summary: "show who is told of what, and what could not be delivered",
  run: async ({ app, output }) => {
    const { waitingNotices } = await import("../../app/index.ts");
    const { channels = [] } = app.settings.notify;
    const waiting = waitingNotices(app);
    const rows = channels.map(({ id, type, events, jobs }) => [
      id,
      type,
      events?.join(", ") ?? "all",
      jobs?.join(", ") ?? (type === "ping" ? "snapshot, archive" : "all"),
      `${waiting.filter((it) => it.channel === id).length || ""}`,
    ]);
    const columns = ["ID", "TYPE", "EVENTS", "JOBS", "UNDELIVERED"].map((title) => ({ title }));
    output.result({ channels, waiting }, () =>
      rows.length === 0 ? "nobody is told: clawback notify add" : formatTable(columns, rows),
    );
    return 0;
  },
};

const test: CommandDefinition = {
  usage: "test [channel]",
  group: "Setup and care",
  summary: "send a test to one channel, or to all",
  arguments: ["the id of a channel (default: all)"],
  exitCodes: { 1: "a channel did not take it" },
  run: async ({ app, output }, [id]) => {
    const { testNotices } = await import("../../app/index.ts");
    const deliveries = await testNotices(app, id);
    const ok = deliveries.every((delivery) => delivery.ok);
    output.result({ ok, deliveries }, () => deliveries.map(format).join("\n"));
    return ok ? 0 : 1;
  },
};

const remove: CommandDefinition = {
  usage: "remove <id>",
  group: "Setup and care",
  summary: "tell a channel no more, and forget its address and secret",
  arguments: ["the id of a channel"],
  run: async ({ app, output }, [id = ""]) => {
    const { removeChannel } = await import("../../app/index.ts");
    await removeChannel(app, id);
    output.result({ removed: id }, () => `${id} is told no more`);
    return 0;
  },
};

export const notify: CommandDefinition = {
  usage: "notify",
  group: "Setup and care",
  summary: "say who is told when something is wrong",
  subcommands: [add, listCommand, test, remove],
};

function format({ channel, ok, message = "" }: Delivery): string {
  return ok ? `${channel}: sent` : `${channel}: NOT sent: ${message}`;
}
