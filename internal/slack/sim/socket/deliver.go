package socket

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

// The types of envelopes.
const (
	EventsAPI     = "events_api"
	SlashCommands = "slash_commands"
	Interactive   = "interactive"
)

// Envelope is a payload on its way to the app.
type Envelope struct {
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
	// ID is unique. Deliver sets it if it is "".
	ID                     string `json:"envelope_id"`
	AcceptsResponsePayload bool   `json:"accepts_response_payload"`
	RetryAttempt           int    `json:"retry_attempt"`
	RetryReason            string `json:"retry_reason"`
}

// The errors of Deliver.
var (
	ErrNoConnection = errors.New("the app has no open connection")
	ErrNoAck        = errors.New("the app did not acknowledge the envelope in time")
	ErrLost         = errors.New("the connection ended before the app acknowledged the envelope")
)

// Deliver sends an envelope on one connection, chosen at random, ghosts included, and waits for its
// acknowledgement. It returns the payload of the acknowledgement, nil for none.
func (s *Server) Deliver(ctx context.Context, e Envelope) (response json.RawMessage, err error) {
	if e.ID == "" {
		e.ID = rand.Text()
	}
	frame, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	to, acks, err := s.dispatch(e.ID, frame)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(s.opts.AckTimeout)
	defer timer.Stop()
	select {
	case a, ok := <-acks:
		if !ok {
			return nil, ErrLost
		}
		if len(a.Payload) == 0 || string(a.Payload) == "null" {
			return nil, nil
		}
		return a.Payload, nil
	case <-timer.C:
		err = ErrNoAck
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.giveUp(to, e.ID)
	return nil, err
}

// dispatch writes an envelope to a connection, and to another one if the first is being closed. Its acknowledgement
// comes over acks, which is closed if the connection ends first.
func (s *Server) dispatch(id string, frame []byte) (to *connection, acks <-chan ack, err error) {
	for {
		acks := make(chan ack, 1) // leave may have closed that of the first
		to, ok := s.choose(id, acks)
		if !ok {
			return nil, nil, ErrNoConnection
		}
		if to.ghost {
			return to.connection, acks, nil
		}
		err := s.write(to.connection, frame)
		if err == nil {
			return to.connection, acks, nil
		}
		s.giveUp(to.connection, id)
		if !errors.Is(err, websocket.ErrCloseSent) {
			return nil, nil, errors.Join(ErrLost, err)
		}
		s.mu.Lock()
		to.ready = false // not chosen again
		s.mu.Unlock()
	}
}

// chosen is the connection that an envelope goes to.
type chosen struct {
	*connection
	ghost bool // at the time of the choice
}

// choose picks a connection at random and registers an envelope there.
func (s *Server) choose(id string, acks chan ack) (chosen, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetVanished()
	ready := slices.DeleteFunc(slices.Clone(s.open), func(c *connection) bool { return !c.ready })
	if len(ready) == 0 {
		return chosen{}, false
	}
	c := ready[mathrand.IntN(len(ready))]
	c.envelopes++
	if !c.ghost {
		c.waiting[id] = acks
	}
	return chosen{c, c.ghost}, true
}

// giveUp has an envelope no longer wait: a later acknowledgement is a stray one.
func (s *Server) giveUp(c *connection, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(c.waiting, id)
}

// forgetVanished removes the connections whose end has been noticed. s.mu is held.
func (s *Server) forgetVanished() {
	s.open = slices.DeleteFunc(s.open, func(c *connection) bool {
		return c.ghost && !c.noticed.IsZero() && time.Now().After(c.noticed)
	})
}

// remove takes a connection out of the distribution. s.mu is held.
func (s *Server) remove(c *connection) {
	s.open = slices.DeleteFunc(s.open, func(other *connection) bool { return other == c })
}
