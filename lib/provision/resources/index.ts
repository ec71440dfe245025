import type { Blueprint } from "../types.ts";
import { bucketResource } from "./bucket.ts";
import { bucketSettings } from "./bucket-settings.ts";
import { keyResources } from "./key.ts";
import type { Resource } from "./resource.ts";
import { roleResources } from "./roles.ts";

export { knownTo, publicStatements } from "./bucket-settings.ts";
export { dangerousRules } from "./lifecycle.ts";
export { AS_WANTED, type Look, NEW_KEY, type Resource, type Site, scopeOf } from "./resource.ts";
export { policyArn, roleArn } from "./roles.ts";

/** Everything that a blueprint wants, in the order in which it is made: what others need first. */
export function resourcesOf(blueprint: Blueprint): Resource[] {
  return [
    ...keyResources(blueprint),
    bucketResource(blueprint.bucket),
    ...bucketSettings(blueprint),
    ...roleResources(blueprint),
  ];
}
