package sim

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// readBody decodes a request's body of at most 1 MiB.
func readBody(w http.ResponseWriter, r *http.Request, v any) error {
	return json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(v)
}

// conflict is the status of a taken name and of a repeated join. s.mu is held.
func (s *Server) conflict() int {
	if s.is(ErrorsAre500) {
		return http.StatusInternalServerError
	}
	return http.StatusConflict
}

func (s *Server) restRegister(w http.ResponseWriter, r *http.Request) {
	u := s.authenticate(w, r)
	if u == nil {
		return
	}
	s.mu.Lock()
	role := u.role
	s.mu.Unlock()
	writeJSON(w, http.StatusCreated, map[string]any{"id": strconv.FormatInt(u.id, 10), "username": u.name, "type": u.kind, "role": role})
}

func (s *Server) restChannels(w http.ResponseWriter, r *http.Request) {
	u := s.authenticate(w, r)
	if u == nil {
		return
	}
	s.mu.Lock()
	items := s.channelItems(u)
	s.mu.Unlock()
	if items == nil {
		items = []channelItem{}
	}
	writeJSON(w, http.StatusOK, items)
}

func (s *Server) restCreateChannel(w http.ResponseWriter, r *http.Request) {
	u := s.authenticate(w, r)
	if u == nil {
		return
	}
	var in struct {
		Name   string `json:"name"`
		Public bool   `json:"public"`
	}
	if err := readBody(w, r, &in); err != nil || in.Name == "" {
		http.Error(w, "name is required", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.is(RESTUnchecked) && !u.may("create_channel") {
		http.Error(w, mayNot("create_channel").Error(), http.StatusForbidden)
		return
	}
	c, err := s.create(u, in.Name, in.Public, nil)
	if err != nil {
		http.Error(w, "create channel failed", s.conflict())
		return
	}
	writeJSON(w, http.StatusCreated, map[string]any{"id": c.id, "name": c.name, "public": c.public})
}

func (s *Server) restJoin(w http.ResponseWriter, r *http.Request) {
	u := s.authenticate(w, r)
	if u == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.store.channel(r.PathValue("channel"))
	switch {
	case c == nil:
		http.Error(w, "channel not found", http.StatusNotFound)
	case c.has(u.name):
		http.Error(w, "join channel failed", s.conflict())
	case !c.public && !s.is(RESTUnchecked):
		http.Error(w, "channel is private, requires an invite", http.StatusForbidden)
	default:
		c.members = append(c.members, u.name)
		w.WriteHeader(http.StatusOK)
	}
}

func (s *Server) restSend(w http.ResponseWriter, r *http.Request) {
	u := s.authenticate(w, r)
	if u == nil {
		return
	}
	var in struct {
		Body     string          `json:"body"`
		Metadata json.RawMessage `json:"metadata"`
		ThreadID *int64          `json:"thread_id"`
	}
	err := readBody(w, r, &in)
	var metadata map[string]any
	if err == nil && len(in.Metadata) > 0 {
		err = json.Unmarshal(in.Metadata, &metadata)
	}
	if err != nil || in.Body == "" { // also for a body over 1 MiB, and for metadata that is a string
		http.Error(w, "body is required", http.StatusBadRequest)
		return
	}
	d := draft{body: in.Body, thread: in.ThreadID}
	if metadata != nil {
		text := string(in.Metadata)
		if s.has(FloatMetadata) {
			text = string(encode(metadata))
		}
		d.metadata = &text
	}
	m := s.restPost(w, r, u, d)
	if m == nil {
		return
	}
	s.publish(delivery{m: m, rest: true})
	writeJSON(w, http.StatusCreated, map[string]any{"id": m.id, "body": m.body, "metadata": metadata, "sent_at": timestamp(m.sentAt)})
}

// restPost adds a message. If it cannot, it answers and returns nil.
func (s *Server) restPost(w http.ResponseWriter, r *http.Request, u *user, d draft) *message {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.resolve = !s.is(RESTWithoutMentions)
	c := s.store.channel(r.PathValue("channel"))
	if c == nil {
		http.Error(w, "channel not found", http.StatusNotFound)
		return nil
	}
	if !s.is(RESTUnchecked) && !c.has(u.name) {
		http.Error(w, notMember.Error(), http.StatusForbidden)
		return nil
	}
	m, err := s.post(u, c, d)
	if err != nil {
		http.Error(w, "send message failed", http.StatusInternalServerError)
		return nil
	}
	return m
}

func (s *Server) restMessages(w http.ResponseWriter, r *http.Request) {
	u := s.authenticate(w, r)
	if u == nil {
		return
	}
	// As at the server, the id is first.
	type message struct {
		ID       int64    `json:"id"`
		From     string   `json:"from"`
		Body     string   `json:"body"`
		Metadata *string  `json:"metadata,omitempty"`
		ThreadID *int64   `json:"thread_id,omitempty"`
		Mentions []string `json:"mentions,omitempty"`
		SentAt   string   `json:"sent_at"`
	}
	s.mu.Lock()
	c := s.store.channel(r.PathValue("channel"))
	if c == nil {
		s.mu.Unlock()
		http.Error(w, "channel not found", http.StatusNotFound)
		return
	}
	if !s.is(RESTUnchecked) && !c.has(u.name) {
		s.mu.Unlock()
		http.Error(w, notMember.Error(), http.StatusForbidden)
		return
	}
	out := []message{}
	for _, m := range s.page(c, restQuery(r)) {
		item := message{m.id, m.from.name, m.body, m.metadata, m.thread, nil, timestamp(m.sentAt)}
		if !s.is(RESTWithoutMentions) {
			item.Mentions = m.mentions
		}
		out = append(out, item)
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, out)
}

// restQuery reads the page that a request asks for. Values that are no numbers are ignored, and so
// is thread_id.
func restQuery(r *http.Request) query {
	number := func(name string) *int64 {
		if n, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64); err == nil {
			return &n
		}
		return nil
	}
	q := query{before: number("before"), after: number("after")}
	if limit := number("limit"); limit != nil && *limit > 0 && *limit <= acceptedLimit {
		q.limit = int(*limit)
	}
	return q
}
