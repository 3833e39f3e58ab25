package doctor

import (
	"fmt"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/control"
)

// Controls lists what operators have paused, silenced or ignored. It is a state, and never a
// failure: somebody meant it.
func Controls(list []control.Control, now time.Time) []Finding {
	var findings []Finding
	var quiet []string
	for _, c := range list {
		if !c.Kind.Pauses() {
			quiet = append(quiet, c.String())
			continue
		}
		message := fmt.Sprintf("%s is paused, by %s %v ago", c, c.By, ago(now, c.At))
		if c.Why != "" {
			message += ": " + short(c.Why)
		}
		findings = append(findings, state("paused", Warning, message, fmt.Sprintf("\"gopherbot resume %s %s\" ends it; its events wait", c.Kind, quoted(c.Name))))
	}
	if len(quiet) > 0 {
		findings = append(findings, ok("silenced", "%s", strings.Join(quiet, ", ")))
	}
	return findings
}

// quoted quotes a name with spaces for a shell.
func quoted(name string) string {
	if strings.ContainsAny(name, " '\"$`\\") {
		return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return name
}
