package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestProcesses_HideSecrets looks for the secrets of running processes where the kernel shows
// their environment, and whether they would be in a core dump.
func TestProcesses_HideSecrets(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	at := b.watch()
	port := b.port()
	noDump := regexp.MustCompile(`Max core file size +0 +0 `)
	for p, url := range at {
		c := b.spawn(p, "PORT="+port)
		testenv.Eventually(t, string(p)+" is ready", func() bool { status, _ := b.status(url+"/readyz", ""); return status == 200 })
		proc := fmt.Sprintf("/proc/%d/", c.Process.Pid)
		environ, err := os.ReadFile(proc + "environ")
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{signingSecret, botToken, metricsToken, b.environ["REDIS_URL"]} {
			if strings.Contains(string(environ), secret) {
				t.Errorf("%s shows %s", p, secret)
			}
		}
		if !strings.Contains(string(environ), "GOPHER_SLACK_TEAM_ID="+teamID) {
			t.Errorf("%s shows the environment %q", p, environ)
		}
		limits, err := os.ReadFile(proc + "limits")
		if err != nil || !noDump.Match(limits) {
			t.Errorf("%s may dump its memory: %s (%v)", p, limits, err)
		}
	}
}
