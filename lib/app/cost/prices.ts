import { join } from "node:path";
import { z } from "zod";
import { PRICE_DATA } from "../../../config/prices.ts";
import { BackupError, quote } from "../../base/index.ts";
import { readTextIfExists } from "../../filesystem/index.ts";
import type { StorageSettings } from "../../settings/index.ts";
import { resolvePreset } from "../../storage/index.ts";
import type { AppContext } from "../context.ts";
import type { Price } from "./estimate.ts";

const MAX_BYTES = 64 * 1024;

/** A service's price, and where it comes from. */
export interface NamedPrice {
  /** `Amazon S3` */
  readonly service: string;
  /** `2026-11-21`, or `prices.json`. */
  readonly asOf: string;
  readonly price: Price;
}

function buildSchema() {
  const dollars = z.number().min(0).max(1e6);
  const price = z.strictObject({
    ...{ note: z.string().optional(), gigabyteMonth: dollars },
    ...{ thousandWrites: dollars, thousandReads: dollars },
    ...{ keyMonth: dollars, tenThousandKeyRequests: dollars, leastMonth: dollars },
  });
  return z.record(z.string(), price.partial());
}

/**
 * The price of a storage's service; the user's own stand before the table's, field by field.
 * @returns undefined where none is known: a directory, a server of one's own
 * @throws BackupError `invalid-settings` for a `prices.json` that is not understood
 */
export function findPrice(app: AppContext, storage: StorageSettings): NamedPrice | undefined {
  if (storage.type === "directory") return undefined;
  const { id, name: service } = resolvePreset(storage);
  const own = readOwnPrices(app)[id];
  const listed: Price | undefined = (PRICE_DATA.services as Readonly<Record<string, Price>>)[id];
  if (own === undefined) {
    return listed && { service, asOf: PRICE_DATA.asOf, price: listed };
  }
  const free = { gigabyteMonth: 0, thousandWrites: 0, thousandReads: 0 };
  return { service, asOf: "prices.json", price: { ...free, ...listed, ...own } };
}

function readOwnPrices({ settings }: AppContext): Readonly<Record<string, Partial<Price>>> {
  const path = join(settings.home, "prices.json");
  const text = readTextIfExists(path, MAX_BYTES);
  if (text === undefined) return {};
  const result = buildSchema().safeParse(parseJson(text, path));
  if (result.success) return result.data as Readonly<Record<string, Partial<Price>>>;
  const [issue] = result.error.issues;
  throw isNotUnderstood(path, `${issue?.path.join(".")}: ${issue?.message}`);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw isNotUnderstood(path, "it is not JSON", cause);
  }
}

function isNotUnderstood(path: string, why: string, cause?: unknown): BackupError {
  return new BackupError("invalid-settings", `prices ${quote(path)} are not understood: ${why}`, {
    hint: "give dollars by preset, as config/prices.ts has them, or remove the file",
    cause,
  });
}
