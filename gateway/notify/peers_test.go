package notify_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/blob"
)

// TestAlert_StateOfAPeer has two Alertmanagers of a cluster post what they know, one of them
// late: its old state, and then the present one again. The chat shows the present state last,
// whether or not the old one is still known as a repetition.
func TestAlert_StateOfAPeer(t *testing.T) {
	t.Parallel()
	const longer = 5 * time.Minute // than the window
	later := t0.Add(time.Minute)
	disk := alertOf("Disk", "critical", "firing", t0)
	states := map[string]string{
		"firing": firing("Disk", "critical", t0), "resolved": resolved("Disk", "critical", t0), "firing anew": firing("Disk", "critical", later.Add(time.Minute)),
		"two":   alerts("firing", disk, alertOf("CPU", "critical", "firing", later)),
		"three": alerts("firing", disk, alertOf("CPU", "critical", "firing", later), alertOf("RAM", "critical", "firing", later.Add(time.Second))),
	}
	for name, test := range map[string]struct {
		posts string // in turn; "(…)" is a repetition, and "|" the end of the window
	}{
		"a short incident":              {"firing, (firing), resolved, (firing), (resolved)"},
		"a long incident":               {"firing, (firing), |, resolved, (resolved), firing, (firing), resolved, (resolved)"},
		"it fires again, and ends":      {"firing, |, resolved, firing, resolved, (resolved)"},
		"a flap":                        {"firing, resolved, firing anew, (resolved), (firing anew)"},
		"repeated":                      {"firing, |, firing, (firing), |, firing, resolved, (firing)"},
		"a state that nobody has known": {"firing, three, two, three, (three), (two)"},
		"the same after a long time":    {"firing, resolved, |, firing, resolved"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := open(t)
			posted := 0
			for i, state := range strings.Split(test.posts, ", ") {
				if state == "|" {
					a.age(longer)
					continue
				}
				known := strings.HasPrefix(state, "(")
				got := a.post(ciKey, "/alertmanager", states[strings.Trim(state, "()")])
				if got.status >= 300 || got.Duplicate != known {
					t.Errorf("%d. %s: %d %s", i+1, state, got.status, got.raw)
				}
				if !known {
					posted++
				}
			}
			a.last(posted)
		})
	}
}

// TestAlert_TextOfAPeer has two Alertmanagers post the same state with different, long texts
// before either is posted: the text of the one that was queued is still there.
func TestAlert_TextOfAPeer(t *testing.T) {
	t.Parallel()
	a := open(t)
	for i, value := range []string{"a", "b"} {
		var list []string
		for n := range 40 {
			list = append(list, strings.Replace(alertOf("Disk"+strconv.Itoa(n), "critical", "firing", t0), "db1 is full", strings.Repeat(value, 500), 1))
		}
		long := alerts("firing", list...)
		if got := a.post(ciKey, "/alertmanager", long); got.status >= 300 || got.Duplicate != (i == 1) {
			t.Fatalf("%d %s", got.status, got.raw)
		}
	}
	list := a.queued()
	if len(list) != 1 || list[0].TextBlob == nil {
		t.Fatalf("queued: %+v", list)
	}
	if text, err := blob.New(a.rdb, a.app, blob.Options{}).Get(t.Context(), *list[0].TextBlob); err != nil || !strings.Contains(string(text), "aaaa") {
		t.Errorf("%.40s (%v)", text, err)
	}
}

// age makes what webhooks have reported so much older.
func (a *api) age(d time.Duration) {
	a.Helper()
	keys, err := a.rdb.Keys(a.Context(), a.app+":reported:*").Result()
	if err != nil || len(keys) == 0 {
		a.Fatalf("%q, %v", keys, err)
	}
	for _, key := range keys {
		fields, err := a.rdb.HGetAll(a.Context(), key).Result()
		if err != nil {
			a.Fatal(err)
		}
		for field, value := range fields {
			id, at, ok := strings.Cut(value, " ")
			if ms, err := strconv.ParseInt(at, 10, 64); ok && err == nil {
				value = id + " " + strconv.FormatInt(ms-d.Milliseconds(), 10)
			}
			if err := a.rdb.HSet(a.Context(), key, field, value).Err(); err != nil {
				a.Fatal(err)
			}
		}
	}
}
