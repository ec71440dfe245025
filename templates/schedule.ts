/**
 * What `schedule install` writes, one text a kind. `{{name}}` is replaced by a value that the writer has quoted for its place
 * (`lib/schedule`); a line that is empty then is left out.
 *
 * @public
 */
export const SCHEDULE_TEMPLATES = {
  /** A job as a unit. It may take no more memory than the agent can spare, gives way to everything, and omissions (3) are no failure. */
  systemdService: `# {{marker}}
[Unit]
Description=Clawback: {{job}} of {{instance}}
{{after}}
[Service]
Type=oneshot
ExecStart={{command}}
{{environment}}
{{user}}
SuccessExitStatus=3
MemoryMax=1200M
Nice=10
IOSchedulingClass=idle
TimeoutStartSec=12h
`,
  /** Its times. A run that was missed while the machine was off comes after it starts. */
  systemdTimer: `# {{marker}}
[Unit]
Description=Clawback: times of {{job}} of {{instance}}
[Timer]
{{calendar}}
Persistent=true
RandomizedDelaySec={{delay}}
[Install]
WantedBy=timers.target
`,
  /** Beside the Gateway's own unit. Each command of clawback first finishes, or undoes, a restore that was cut short. */
  systemdGateway: `# {{marker}}
# A restore that was cut short is finished or undone before the Gateway starts.
[Service]
ExecStartPre=-{{command}}
`,
  launchd: `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- {{marker}} -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>{{label}}</string>
  <key>ProgramArguments</key>
  <array>
{{command}}
  </array>
{{environment}}
{{user}}
  <key>StartCalendarInterval</key>
  <array>
{{calendar}}
  </array>
  <key>Nice</key>
  <integer>10</integer>
  <key>LowPriorityIO</key>
  <true/>
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
`,
  cron: `# clawback {{instance}} begin: {{marker}}
{{lines}}
# clawback {{instance}} end
`,
} as const;
