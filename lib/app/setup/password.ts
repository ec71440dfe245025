import { isBackupError } from "../../base/index.ts";
import type { AppContext } from "../context.ts";
import { type PasswordSafety, readPasswordSafety } from "../password-safety.ts";

/** Where else than here the password of the snapshots exists; undefined for a place on this machine, and when it cannot be known. */
export async function passwordOf(
  app: AppContext,
  storage: string,
): Promise<PasswordSafety | undefined> {
  try {
    const place = await app.storages.open(storage);
    if (place.settings.type === "directory") return undefined;
    return await readPasswordSafety(app, place, app.settings.instance);
  } catch (error) {
    if (isBackupError(error) && error.category !== "control") return undefined;
    throw error;
  }
}
