/** Does one piece of work as one client, and dies by SIGKILL in the middle of the n-th time that it changes the storage. */
import type { AppContext } from "../../../lib/app/index.ts";
import type { ObjectStorage } from "../../../lib/storage/index.ts";
import { type ClientOptions, doWork, openClient, type Work } from "./work.ts";

export interface KilledWork extends ClientOptions {
  readonly work: Work;
  /** Counted from 1; beyond the last change the process ends by itself. */
  readonly killAt: number;
  /** How long after the change began; 0 is before it. */
  readonly delayMs: number;
}

const order: KilledWork = JSON.parse(process.argv[2] ?? "{}");
const die = (): void => {
  process.kill(process.pid, "SIGKILL");
};

let changes = 0;

function mortal(inner: ObjectStorage): ObjectStorage {
  return new Proxy(inner, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]) => {
        const isChange = name === "put" || name === "delete" || name === "putStream";
        if (isChange && ++changes === order.killAt) {
          if (order.delayMs === 0) die();
          else setTimeout(die, order.delayMs);
        }
        return Reflect.apply(value, target, args);
      };
    },
  });
}

await using app = await openClient(order);
const doomed: AppContext = {
  ...app,
  storages: {
    ...app.storages,
    open: async (id) => {
      const place = await app.storages.open(id);
      return { ...place, storage: mortal(place.storage) };
    },
  },
};
const id = await doWork(doomed, order.work);
process.stdout.write(JSON.stringify({ id }));
