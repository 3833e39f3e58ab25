package sim

import (
	"maps"
	"net/http"
	"strings"
)

// Stats are the counters of a server.
type Stats struct {
	// Requests counts HTTP requests by method and path, such as "GET /api/v1/channels", with "{}"
	// in place of a channel's name or a webhook's id.
	Requests map[string]int
	// Unauthorized counts answers with 401.
	Unauthorized int
	// Opened counts sockets, and Open those that are open now.
	Opened, Open int
	// Frames counts the requests over /ws.
	Frames int
	// Pushed and Dropped count pushes of messages to /ws.
	Pushed, Dropped int
	// HintsDropped counts the frames to /presence and /notifications/subscribe and the webhooks
	// for which there was no room.
	HintsDropped int
	// Webhooks counts posts to webhooks, and WebhooksFailed those that got no 2xx.
	Webhooks, WebhooksFailed int
	// Sessions counts MCP sessions.
	Sessions int
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Requests = maps.Clone(stats.Requests)
	stats.Open = len(s.open)
	return stats
}

// count counts a request.
func (s *Server) count(r *http.Request) {
	parts := strings.Split(r.URL.EscapedPath(), "/")
	if len(parts) > 4 && parts[1] == "api" {
		parts[4] = "{}"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Requests[r.Method+" "+strings.Join(parts, "/")]++
}
