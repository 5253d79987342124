package app

import (
	"fmt"
	"slices"
	"strings"

	"nightjar/pipeline/config"
)

// Unit returns a systemd unit that runs the daemon of this configuration as a
// user of its own. It may write to the data folder and the inbox, read the
// rest of the system, and see nobody's home.
func (a *App) Unit(program string) string {
	writable := []string{a.cfg.Folders.Data}
	if !strings.HasPrefix(a.cfg.Folders.Inbox+"/", a.cfg.Folders.Data+"/") {
		writable = append(writable, a.cfg.Folders.Inbox)
	}
	for _, p := range a.cfg.Places {
		if p.Kind == config.PlaceFolder {
			writable = append(writable, p.Folder)
		}
	}
	for i, w := range writable {
		writable[i] = unitWord(w)
	}
	slices.Sort(writable)
	group := ""
	if a.cfg.Publish.Group != "" {
		group = "SupplementaryGroups=" + unitWord(a.cfg.Publish.Group) + "\n"
	}
	return fmt.Sprintf(unitText, unitWord(program), unitWord(a.cfg.Path), group, strings.Join(writable, " "), int(grace.Seconds())+60)
}

// unitWord quotes a path for a unit: spaces, and the per cent sign, which
// systemd would expand.
func unitWord(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(s)
	if strings.ContainsAny(s, " \t'\"\\") {
		return `"` + s + `"`
	}
	return s
}

// unitText is the unit. The network stays open, for mail, webhook and
// heartbeat. Published files are given to the readers' group, which takes
// chown, and no right beyond the group's membership.
const unitText = `# Nightjar: runs every planned night once.
# Save as /etc/systemd/system/nightjar.service, then:
#   useradd --system --shell /usr/sbin/nologin nightjar
#   systemctl daemon-reload && systemctl enable --now nightjar
# Secrets named by env in the configuration belong in /etc/nightjar/secrets
# (mode 0600), a line NAME=value each.
[Unit]
Description=Nightjar, the nightly NEET warehouse
Wants=network-online.target
After=network-online.target time-sync.target
StartLimitIntervalSec=600
StartLimitBurst=5

[Service]
Type=exec
ExecStart=%[1]s daemon --config %[2]s
ExecReload=/bin/kill -HUP $MAINPID
User=nightjar
Group=nightjar
%[3]sEnvironmentFile=-/etc/nightjar/secrets
Restart=on-failure
RestartSec=30
RestartPreventExitStatus=2
KillSignal=SIGTERM
KillMode=mixed
TimeoutStopSec=%[5]d
UMask=0027
Nice=10
IOSchedulingClass=idle

ReadWritePaths=%[4]s
ProtectSystem=strict
ProtectHome=true
PrivateTmp=true
PrivateDevices=true
ProtectKernelTunables=true
ProtectKernelModules=true
ProtectKernelLogs=true
ProtectControlGroups=true
ProtectClock=true
ProtectHostname=true
ProtectProc=invisible
NoNewPrivileges=true
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
RemoveIPC=true
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallFilter=@chown
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`
