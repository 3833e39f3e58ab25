package slack

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/valyala/fastjson"
)

// Restamp returns a stored request's body with a new event id and the time now, so
// that the queue does not take it for a duplicate and consumers do not discard it for
// its age.
func Restamp(body []byte, now time.Time) ([]byte, error) {
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := p.ParseBytes(body)
	if err != nil {
		return nil, fmt.Errorf("%d bytes that are not JSON", len(body))
	}
	event := v.Get("event")
	if event == nil || event.Type() != fastjson.TypeObject {
		return nil, errors.New("there is no event in it")
	}
	var a fastjson.Arena
	ts := a.NewString(fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000))
	v.Set("event_id", a.NewString("Ev"+rand.Text()[:10]))
	v.Set("event_time", a.NewNumberString(fmt.Sprint(now.Unix())))
	for _, field := range []string{"ts", "event_ts"} {
		if event.Exists(field) {
			event.Set(field, ts)
		}
	}
	return v.MarshalTo(nil), nil
}
