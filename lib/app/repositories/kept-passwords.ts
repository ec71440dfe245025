import type { Secret } from "../../base/index.ts";
import { openSecretStore, type SecretStore } from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import { usingHome } from "../home.ts";

/** The password that this home keeps for a repository. */
export function loadKeptPassword(
  app: AppContext,
  storageId: string,
  instance: string,
): Secret | undefined {
  return secretsOf(app).loadSecret(passwordName(storageId, instance));
}

/** Keeps a repository's password in the home's secrets, in place of the one that is there. */
export async function keepPassword(
  app: AppContext,
  storageId: string,
  instance: string,
  password: Secret,
): Promise<void> {
  await usingHome(app.settings.home, () =>
    secretsOf(app).saveSecret(passwordName(storageId, instance), password),
  );
}

/** The name under which a repository's password lies in the home's secrets. */
function passwordName(storageId: string, instance: string): string {
  return `repository.${storageId}.${instance}`;
}

function secretsOf({ settings }: AppContext): SecretStore {
  return openSecretStore({ home: settings.home, environment: settings.environment });
}
