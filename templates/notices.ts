/**
 * What notices say. `{{name}}` is replaced; nothing here names a file or a secret, because notices leave the machine.
 *
 * @public
 */
export const NOTICE_TEMPLATES = {
  failure: {
    title: "Clawback: {{job}} of {{instance}} failed",
    text: "{{job}} of {{instance}} on {{host}} failed at {{time}}: {{why}}\nSee: clawback runs --job {{job}}",
  },
  recovery: {
    title: "Clawback: {{job}} of {{instance}} works again",
    text: "{{job}} of {{instance}} on {{host}} succeeded at {{time}}, after it had failed since {{since}}.",
  },
  omissions: {
    title: "Clawback: something new was left out of {{instance}}",
    text: "{{job}} of {{instance}} on {{host}} at {{time}} left out {{count}}, other than the last time.\nSee: clawback show {{backup}}",
  },
  degraded: {
    title: "Clawback: the backup of {{instance}} is degraded",
    text: "{{job}} of {{instance}} on {{host}} at {{time}} could not capture a database that OpenClaw cannot live without.\nSee: clawback show {{backup}}",
  },
  stale: {
    title: "Clawback: {{instance}} is not safe",
    text: "{{instance}} on {{host}}: {{why}}.\nSee: clawback status",
  },
  suspended: {
    title: "Clawback: retention of {{instance}} is suspended",
    text: "{{instance}} on {{host}}: {{why}}.\nSee: clawback retention show, and accept it with clawback retention apply --accept-changes",
  },
  test: {
    title: "Clawback: a test from {{instance}}",
    text: "{{instance}} on {{host}} sends notices here since {{time}}. Nothing is wrong.",
  },
} as const;
