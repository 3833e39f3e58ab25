package sim

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"slices"
)

func (s *Server) restRegisterWebhook(w http.ResponseWriter, r *http.Request) {
	u := s.authenticate(w, r)
	if u == nil {
		return
	}
	var in struct {
		URL string `json:"url"`
	}
	if err := readBody(w, r, &in); err != nil || in.URL == "" {
		http.Error(w, "url is required", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	i := slices.IndexFunc(s.store.hooks, func(h *webhook) bool { return h.owner == u.name && h.url == in.URL })
	if i < 0 {
		i = len(s.store.hooks)
		s.store.hooks = append(s.store.hooks, &webhook{"hook-" + rand.Text()[:8], u.name, in.URL})
	}
	id := s.store.hooks[i].id
	s.mu.Unlock()
	writeJSON(w, http.StatusCreated, map[string]any{"id": id, "url": in.URL, "active": true})
}

func (s *Server) restWebhooks(w http.ResponseWriter, r *http.Request) {
	u := s.authenticate(w, r)
	if u == nil {
		return
	}
	out := []map[string]any{}
	s.mu.Lock()
	for _, h := range s.store.hooks {
		if h.owner == u.name {
			out = append(out, map[string]any{"id": h.id, "url": h.url, "active": true})
		}
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, out)
}

func (s *Server) restDeleteWebhook(w http.ResponseWriter, r *http.Request) {
	u := s.authenticate(w, r)
	if u == nil {
		return
	}
	s.mu.Lock()
	s.store.hooks = slices.DeleteFunc(s.store.hooks, func(h *webhook) bool { return h.owner == u.name && h.id == r.PathValue("id") })
	s.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

// postWebhooks posts a message to the webhooks of services that are in its channel: unsigned,
// once, without its thread and its mentions. Webhooks of others are never called.
func (s *Server) postWebhooks(d delivery) {
	m := d.m
	s.mu.Lock()
	var urls []string
	for _, h := range s.store.hooks {
		owner := s.store.user(h.owner)
		own := m.from == owner && !s.is(WebhookEchoes)
		if owner.kind == Service && m.channel.has(h.owner) && !own {
			urls = append(urls, h.url)
		}
	}
	body := encode(map[string]any{
		"event": "message.new", "channel_id": m.channel.id, "channel_name": m.channel.name, "channel_type": m.channel.kind(), "from": m.from.name,
		"from_type": m.from.kind, "message_id": m.id, "body": m.body, "metadata": m.metadata, "sent_at": timestamp(m.sentAt),
	})
	if s.closed {
		urls = nil
	}
	for _, url := range urls {
		s.running.Go(func() { s.postWebhook(url, body) })
	}
	s.mu.Unlock()
}

func (s *Server) postWebhook(url string, body []byte) {
	response, err := s.webhooks.Post(url, "application/json", bytes.NewReader(body))
	ok := false
	if err == nil {
		response.Body.Close()
		ok = response.StatusCode < 300
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Webhooks++
	if !ok {
		s.stats.WebhooksFailed++
	}
}
