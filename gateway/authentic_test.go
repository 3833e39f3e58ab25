package gateway_test

import (
	"slices"
	"testing"

	"github.com/gobridge/gopherbot/gateway"
)

// TestResult_Authentic decides about each outcome.
func TestResult_Authentic(t *testing.T) {
	t.Parallel()
	authentic := []gateway.Outcome{
		gateway.Queued, gateway.Duplicate, gateway.Answered, gateway.Late, gateway.Ignored, gateway.OtherWorkspace, gateway.Malformed,
		gateway.BadRequest, gateway.Unavailable,
	}
	refused := []gateway.Outcome{gateway.Unauthorized, gateway.Forbidden}
	neither := []gateway.Outcome{gateway.Challenge, gateway.TooLarge, gateway.MediaType, gateway.Overloaded, gateway.Incomplete}
	if all := slices.Concat(authentic, refused, neither); len(all) != len(gateway.Outcomes()) {
		t.Errorf("decided about %q of %q", all, gateway.Outcomes())
	}
	for _, o := range gateway.Outcomes() {
		r := gateway.Result{Outcome: o}
		if r.Authentic() != slices.Contains(authentic, o) || r.Refused() != slices.Contains(refused, o) {
			t.Errorf("%s: authentic %v, refused %v", o, r.Authentic(), r.Refused())
		}
	}
}

// TestIngress_NamesItsPlatform does so for requests and for frames of sockets.
func TestIngress_NamesItsPlatform(t *testing.T) {
	t.Parallel()
	f := newFake(t, gateway.DefaultBodyBudget)
	f.Accept(t.Context(), []byte("say hello!"), gateway.Meta{Platform: "another"})
	if f.metas[0].Platform != "fake" {
		t.Errorf("%+v", f.metas)
	}
}
