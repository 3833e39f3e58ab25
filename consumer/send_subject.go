package consumer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/subject"
)

// Subjects keeps what a chat shows of each evolving thing: see internal/subject.
type Subjects interface {
	Get(ctx context.Context, key ...string) (subject.State, error)
	Put(ctx context.Context, state subject.State, key ...string) error
}

// way is how a message of a subject appears. It is recorded before the first post, so that
// all attempts at the message take the same way.
type way struct {
	On event.FollowUp `json:"on"`
	// Root is the first message of the subject, "" if this one is.
	Root string `json:"root,omitempty"`
	// Warning says why it is another way than the sender's.
	Warning string `json:"warning,omitempty"`
	// Number tells a later decision from an earlier one.
	Number int `json:"n,omitempty"`
}

const wayPrefix = "way "

// way decides how the message appears, or that it says nothing new.
func (s *sending) way(ctx context.Context) (w way, superseded bool, err error) {
	w = way{On: event.PostAnew}
	if s.subjectKey() == nil || s.opts.Subjects == nil {
		return w, false, nil
	}
	if known, ok := s.wayBefore(); ok {
		if known.Warning != "" {
			s.warn(known.Warning)
		}
		return known, false, nil
	}
	if len(s.made) > 0 || s.left() {
		return w, false, nil // there was no first message when the posts began
	}
	state, err := s.opts.Subjects.Get(ctx, s.subjectKey()...)
	if err != nil {
		return w, false, err
	}
	if s.replaces() && state.Newest.After(s.newest()) {
		return w, true, nil
	}
	if s.m.Subject == nil || state.ID == "" {
		return w, false, nil
	}
	switch s.m.Subject.On {
	case event.InThread:
		w = way{On: event.InThread, Root: root(state)}
	case event.Update:
		w = way{On: event.Update, Root: state.ID}
		whole := len(s.composed.Parts) == 1 && len(s.composed.Files) == 0
		if !whole || !state.Whole || !s.request.platform.Capabilities().Edits {
			w = way{On: event.InThread, Root: root(state), Warning: WarnNotUpdated}
			s.warn(WarnNotUpdated)
		}
	}
	return w, false, s.choose(ctx, w)
}

// root returns the message whose thread has the messages of a subject.
func root(state subject.State) string {
	if state.Thread != "" {
		return state.Thread
	}
	return state.ID
}

// anew decides that the message begins its subject anew, since the first one is gone.
func (s *sending) anew(ctx context.Context, before way) (way, error) {
	w := way{On: event.PostAnew, Warning: WarnTarget, Number: before.Number + 1}
	s.warn(WarnTarget)
	return w, s.choose(ctx, w)
}

// choose records a way.
func (s *sending) choose(ctx context.Context, w way) error {
	encoded, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return s.persist(ctx, wayPrefix+string(encoded))
}

// wayBefore returns the way that an earlier attempt has chosen.
func (s *sending) wayBefore() (latest way, ok bool) {
	for _, name := range s.CompletedActions() {
		encoded, is := strings.CutPrefix(name, wayPrefix)
		var w way
		if is && json.Unmarshal([]byte(encoded), &w) == nil && (!ok || w.Number > latest.Number) {
			latest, ok = w, true
		}
	}
	return latest, ok
}

// replaces reports whether a message says all that older ones of its subject did.
func (s *sending) replaces() bool {
	return s.m.Group != nil || s.m.Subject != nil && s.m.Subject.On == event.Update
}

// subjectKey names the message's subject in its chat, nil if it has none.
func (s *sending) subjectKey() []string {
	switch {
	case s.m.Subject != nil:
		return []string{chatKey(s.m), "subject", s.m.Subject.Key}
	case s.m.Group != nil:
		return []string{chatKey(s.m), "group", s.m.Group.Key}
	default:
		return nil
	}
}

// newest is the time of the message among those of its subject.
func (s *sending) newest() time.Time {
	switch {
	case s.m.Group != nil && !s.m.Group.Newest.IsZero():
		return s.m.Group.Newest
	case !s.m.CreatedAt.IsZero():
		return s.m.CreatedAt
	default:
		return s.QueuedAt
	}
}

// remember keeps what the chat now shows of the subject.
func (s *sending) remember(ctx context.Context, w way) error {
	key := s.subjectKey()
	if key == nil || s.opts.Subjects == nil {
		return nil
	}
	state := subject.State{}
	if w.On == event.PostAnew && s.m.Subject != nil {
		state.ID, state.Thread = s.first(), s.composed.Thread
		state.Whole = len(s.composed.Parts) == 1 && len(s.composed.Files) == 0
	} else if w.On != event.PostAnew {
		var err error
		if state, err = s.opts.Subjects.Get(ctx, key...); err != nil {
			return err
		}
	}
	state.Newest = s.newest()
	if g := s.m.Group; g != nil {
		state.Resolved, state.Lines = g.Status == "resolved", hashes(g.Firing)
	}
	return s.opts.Subjects.Put(ctx, state, key...)
}

// maxLines bounds the lines of a State.
const maxLines = 200

// hashes returns short hashes of lines.
func hashes(lines []string) []string {
	var list []string
	for _, line := range lines[:min(len(lines), maxLines)] {
		sum := sha256.Sum256([]byte(line))
		list = append(list, hex.EncodeToString(sum[:6]))
	}
	return list
}

// update replaces the subject's first message, and tells in its thread of alerts that it did
// not have before, since nobody is notified of an edit. It reports whether the message is
// gone, or cannot be changed any more.
func (s *sending) update(ctx context.Context, w way) (gone bool, err error) {
	out := s.composed.Outbox
	edit, cancel := context.WithTimeout(ctx, s.opts.ActionTimeout)
	defer cancel()
	if err := out.Edit(edit, w.Root, s.composed.Parts[0]); err != nil {
		switch classify(s.request.platform, err).Kind {
		case Gone, Final:
			return true, nil
		case Unknown: // to repeat it changes nothing
			return false, fmt.Errorf("edit the first message of a subject: %w", &repeatableError{err})
		}
		return false, err
	}
	lines, err := s.newLines(ctx)
	if err != nil || len(lines) == 0 {
		return false, err
	}
	told, err := s.poster.Compose(edit, Notice{Message: event.Message{
		Origin: s.m.Origin, Bot: s.m.Bot, Chat: s.m.Chat, Format: event.Plain, Text: strings.Join(lines, "\n"),
	}}, s.RequestID)
	if err != nil {
		return false, err
	}
	part := told.Parts[0]
	return false, s.do(ctx, step{
		name: linesStep, last: true, Post: Post{Kind: PostReply, Channel: w.Root, Text: out.Digest(part)},
		make: func(ctx context.Context) (string, error) { return out.Post(ctx, part, w.Root) },
	})
}

// repeatableError is the error of a call whose outcome is unknown, and that may be repeated.
// It wraps nothing: the error itself has another meaning.
type repeatableError struct{ err error }

func (e *repeatableError) Error() string { return e.err.Error() }

// newLines returns the lines about firing alerts that the message before did not have.
func (s *sending) newLines(ctx context.Context) ([]string, error) {
	if s.m.Group == nil || len(s.m.Group.Firing) == 0 {
		return nil, nil
	}
	state, err := s.opts.Subjects.Get(ctx, s.subjectKey()...)
	if err != nil {
		return nil, err
	}
	lines := s.m.Group.Firing[:min(len(s.m.Group.Firing), maxLines)]
	var list []string
	for i, hash := range hashes(lines) {
		if !slices.Contains(state.Lines, hash) {
			list = append(list, lines[i])
		}
	}
	return list, nil
}
