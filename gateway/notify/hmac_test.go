package notify_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

// TestHMAC has the vectors of the specification: the signature decides, so a right one leads
// to the body's mistake, which has no alerts.
func TestHMAC(t *testing.T) {
	t.Parallel()
	const (
		body      = `{"version":"1","status":"firing"}`
		plain     = "8452c61d7f5d1ecd417b470efafdd402608a2ec831e822ac187a20ae463fe3d2"
		withTime  = "1dfbc37e601d5aa5889c296a2b072df8d3177f2b35e2fde53cad69af5e43fcf9"
		timestamp = 1700000000
	)
	for name, test := range map[string]struct {
		timed     bool
		signature string
		at        string        // the header
		age       time.Duration // how much later it is
		status    int
		code      string
	}{
		"right":            {false, plain, "", 0, 400, "no_alerts"},
		"short":            {false, plain[:62], "", 0, 403, "forbidden"},
		"no hexadecimal":   {false, "x" + plain[1:], "", 0, 403, "forbidden"},
		"another's":        {false, withTime, "", 0, 403, "forbidden"},
		"none":             {false, "", "", 0, 401, "unauthorized"},
		"timed":            {true, withTime, "1700000000", 0, 400, "no_alerts"},
		"timed, late":      {true, withTime, "1700000000", 4 * time.Minute, 400, "no_alerts"},
		"timed, too late":  {true, withTime, "1700000000", 6 * time.Minute, 403, "forbidden"},
		"timed, too early": {true, withTime, "1700000000", -6 * time.Minute, 403, "forbidden"},
		"another time":     {true, withTime, "1700000001", 0, 403, "forbidden"},
		"no time":          {true, plain, "", 0, 403, "forbidden"},
		"a strange time":   {true, withTime, strconv.FormatInt(-1<<63, 10), 0, 403, "forbidden"},
	} {
		a := open(t, func(o *notify.Options) {
			o.Config.Grafana.HMAC = &notifyconfig.HMAC{Secret: notifyconfig.Secret(hmacSecret), Header: "X-Grafana-Alerting-Signature"}
			if test.timed {
				o.Config.Grafana.HMAC.TimestampHeader = "X-Grafana-Time"
			}
			o.Now = func() time.Time { return time.Unix(timestamp, 0).Add(test.age) }
		})
		got := a.do("POST", "/api/v1/grafana", body, "Content-Type", "application/json", "X-Grafana-Alerting-Signature", test.signature, "X-Grafana-Time", test.at)
		if got.status != test.status || string(got.Code) != test.code {
			t.Errorf("%s: %d %s, want %d %s", name, got.status, got.raw, test.status, test.code)
		}
	}
}
