package presence_test

import (
	"slices"
	"testing"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

func TestReader_Deployments(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.Open(t, kind), redistest.App()
			names := []string{app + "-a", app + "-b"}
			for _, name := range names {
				member := presence.NewMember(rdb, presence.Options{App: name, Instance: presence.Instance{Role: "gateway", Name: "web.1"}})
				if err := member.Beat(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			got, err := presence.NewReader(rdb, app).Deployments(t.Context())
			if err != nil || !slices.Contains(got, names[0]) || !slices.Contains(got, names[1]) || slices.Contains(got, app) || !slices.IsSorted(got) {
				t.Errorf("deployments: %v, %v; want %v among them", got, err, names)
			}
		})
	}
}
