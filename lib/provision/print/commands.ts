import { NEW_KEY } from "../resources/index.ts";
import type { ApiCall, ProvisionPlan } from "../types.ts";

const KEY_VARIABLE = "$CLAWBACK_KEY_ARN";

/** Writes the calls of a plan as a shell script for AWS's command line: what setup would send, in its order. */
export function awsCommands({ items, blueprint }: ProvisionPlan): string {
  const lines = [
    "#!/bin/sh",
    `# What clawback setup would send for instance ${blueprint.instance}.`,
    "set -eu",
  ];
  for (const { title, action, why, calls } of items) {
    // What is there, or is made with something else.
    if (calls.length === 0 && (action === "keep" || action === "create")) continue;
    lines.push("", `# ${title}: ${oneLine(why)}`);
    if (calls.length === 0) lines.push(`# (${action})`);
    lines.push(...calls.map((call) => commandOf(call, blueprint.region)));
  }
  return `${lines.join("\n")}\n`;
}

function commandOf({ service, operation, input }: ApiCall, region: string): string {
  const name = operation.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  const program = service === "s3" ? "s3api" : service;
  const json = quoted(JSON.stringify(input));
  const command = `aws ${program} ${name} --region ${region} --cli-input-json ${json}`;
  if (operation !== "CreateKey") return command;
  return `CLAWBACK_KEY_ARN=$(${command} --query KeyMetadata.Arn --output text)`;
}

/** One word for the shell, in which the key that is yet to be made stands as a variable. */
function quoted(text: string): string {
  const parts = text.split(NEW_KEY).map((part) => `'${part.replaceAll("'", "'\\''")}'`);
  return parts.join(`"${KEY_VARIABLE}"`);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
