package consumer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/event"
)

// sending is an attempt at posting a message.
type sending struct {
	*Dispatcher
	request
	poster   Poster
	m        event.Message
	composed Composed
	// made are the completed steps, by name, and unsaved the records of those that are
	// not in Redis yet.
	made     map[string]made
	unsaved  []string
	warnings []string
	began    time.Time
}

// made is what a step has made. Like a record, it is stored among the event's completed
// steps, under a name of its own.
type made struct {
	Step string `json:"step"`
	// ID is the platform's id of the message, "" if it is not known, and File that of the
	// file.
	ID   string `json:"id,omitempty"`
	File string `json:"file,omitempty"`
	// Last says that no step follows.
	Last bool `json:"last,omitempty"`
}

const madePrefix = "made "

func (m made) name() (string, error) {
	encoded, err := json.Marshal(m)
	return madePrefix + string(encoded), err
}

// madeBefore returns what earlier attempts have made.
func (s *sending) madeBefore() map[string]made {
	all := map[string]made{}
	for _, name := range s.CompletedActions() {
		encoded, ok := strings.CutPrefix(name, madePrefix)
		var m made
		if !ok || json.Unmarshal([]byte(encoded), &m) != nil || m.Step == "" {
			continue
		}
		all[m.Step] = m
	}
	return all
}

// done reports whether a step must not be repeated: it was made, or no search can tell.
func (s *sending) done(step string) bool {
	_, ok := s.made[step]
	return ok || s.completed(step)
}

// did keeps what a step has made. It is recorded at once unless it is the last step, since
// the message is acknowledged after that one: a failure before records it.
func (s *sending) did(ctx context.Context, m made, last bool) error {
	m.Last = last
	s.made[m.Step] = m
	name, err := m.name()
	if err != nil {
		return err
	}
	if last {
		s.unsaved = append(s.unsaved, name, m.Step)
		return nil
	}
	return s.persist(ctx, name, m.Step)
}

// save records what is not recorded yet.
func (s *sending) save(ctx context.Context) error {
	err := s.persist(ctx, s.unsaved...)
	if err == nil {
		s.unsaved = nil
	}
	return err
}

// step is one post of a message.
type step struct {
	Post
	name string
	last bool
	// prepare, if set, is called before the post, and returns its Post.Text: a post that is
	// found by an id of its own is recorded before it is made.
	prepare func(context.Context) (text string, err error)
	make    func(context.Context) (id string, err error)
}

// do makes a post, unless an earlier attempt has made it. After an unknown outcome a record
// has resolve search for it.
func (s *sending) do(ctx context.Context, st step) error {
	if s.done(st.name) {
		return nil
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	st.Key = s.key(st.name)
	if s.suspect() && !s.known(st.name) && st.prepare == nil {
		// The consumer that died may have made it. If no search is possible, it counts as not
		// made: consumers seldom die just then.
		look := st.Post
		look.Since = s.since()
		found, err := s.lookFor(ctx, st.name, look, st.last)
		if found || err != nil && !errors.Is(err, ErrCannotTell) {
			return err
		}
	}
	action, cancel := context.WithTimeout(ctx, s.opts.ActionTimeout)
	defer cancel()
	r := record{Step: st.name, Action: st.name, Kind: st.Kind, Channel: st.Channel, Text: st.Text, At: s.opts.Now().UnixMilli()}
	if st.prepare != nil {
		var err error
		if r.Text, err = st.prepare(action); err != nil {
			return err
		}
		if err := s.noteRecord(ctx, r); err != nil {
			return err
		}
	}
	id, err := st.make(WithPostKey(action, st.Key))
	switch {
	case err == nil:
		m := made{Step: st.name, ID: id}
		if st.Kind == PostFile {
			m.File = r.Text
		}
		return s.did(ctx, m, st.last)
	case classify(s.request.platform, err).Kind == Unknown:
		s.count("")
		r.At = s.opts.Now().UnixMilli()
		err = &waitingError{&unknownError{err}, s.pause(s.progress)}
	case st.prepare != nil:
		r.At, r.Absent = s.opts.Now().UnixMilli(), true
	default:
		return err
	}
	return errors.Join(err, s.noteRecord(ctx, r))
}

// noteRecord stores a record, and retries until ctx ends.
func (s *sending) noteRecord(ctx context.Context, r record) error {
	name, err := r.name()
	if err != nil {
		return err
	}
	return s.persist(ctx, name)
}

// lookFor searches for a post of a step and keeps what it finds.
func (s *sending) lookFor(ctx context.Context, name string, p Post, last bool) (found bool, err error) {
	look, cancel := context.WithTimeout(ctx, s.opts.ActionTimeout)
	defer cancel()
	id, err := s.composed.Outbox.Find(look, p)
	if err != nil || id == "" {
		return false, wrapSearch(err)
	}
	m := made{Step: name, ID: id}
	if p.Kind == PostFile {
		m.File = p.Text
	}
	return true, s.did(ctx, m, last)
}

func wrapSearch(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("search for the post of an earlier attempt: %w", err)
}

// find is the request's search: resolve calls it for a post with an unknown outcome.
func (s *sending) find(ctx context.Context, p Post) (bool, error) {
	for name := range s.records() {
		if s.key(name) == p.Key {
			return s.lookFor(ctx, name, p, name == s.lastStep())
		}
	}
	return false, ErrCannotTell
}

// partStep and fileStep name the steps of a message's parts and files, which count from 0.
func partStep(i int) string { return fmt.Sprintf("part %d", i+1) }
func fileStep(i int) string { return fmt.Sprintf("file %d", i+1) }

// linesStep names the step that tells of alerts that are new in an update.
const linesStep = "new alerts"

// lastStep names the last step of a message that replaces no other.
func (s *sending) lastStep() string {
	if n := len(s.composed.Files); n > 0 {
		return fileStep(n - 1)
	}
	return partStep(len(s.composed.Parts) - 1)
}

// warn adds a warning to the receipt, once.
func (s *sending) warn(code string) {
	for _, known := range s.warnings {
		if known == code {
			return
		}
	}
	s.warnings = append(s.warnings, code)
}
