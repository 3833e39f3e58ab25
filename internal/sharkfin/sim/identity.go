package sim

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// The types of identities.
const (
	User    = "user"
	Agent   = "agent"
	Service = "service"
)

// Identity is a person, an agent or a service.
type Identity struct {
	Name string
	// Key is the API key of the identity. Defaults to the name followed by "-key".
	Key string
	// Type is User, Agent or Service. Defaults to User.
	Type string
}

// passport is the identity service that the server asks about keys.
type passport struct {
	down   bool
	keys   map[string]Identity
	cached map[string]time.Time // until when a key is accepted without asking
}

// user is an identity that the server knows.
type user struct {
	id   int64
	name string
	kind string
	role string
}

// The permissions of the roles.
var (
	common = []string{"user_list", "channel_list", "join_channel", "send_message", "history", "unread_messages", "unread_counts", "mark_read", "dm_list", "dm_open"}
	roles  = map[string][]string{
		"admin": append([]string{"create_channel", "invite_channel", "manage_roles"}, common...),
		"user":  append([]string{"invite_channel"}, common...),
		"agent": append([]string{"invite_channel"}, common...),
		"bot":   append([]string{"create_channel"}, common...),
	}
)

// Add makes an identity known to the passport and to the server.
func (s *Server) Add(identity Identity) {
	identity.setDefaults()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passport.keys[identity.Key] = identity
	s.provision(identity)
}

func (i *Identity) setDefaults() {
	if i.Key == "" {
		i.Key = i.Name + "-key"
	}
	if i.Type == "" {
		i.Type = User
	}
}

// PassportDown stops the identity service, or starts it again. While it is down, keys that are
// not in the cache are refused.
func (s *Server) PassportDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passport.down = down
}

// ForgetKeys empties the cache of keys.
func (s *Server) ForgetKeys() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.passport.cached)
}

// provision returns the user of an identity. It makes one for a new identity. s.mu is held.
func (s *Server) provision(identity Identity) *user {
	if u := s.store.user(identity.Name); u != nil {
		return u
	}
	role := identity.Type
	if role == Service {
		role = "bot"
	}
	if len(s.store.users) == 0 && s.is(FirstIsAdmin) {
		role = "admin"
	}
	u := &user{id: int64(len(s.store.users) + 1), name: identity.Name, kind: identity.Type, role: role}
	s.store.users = append(s.store.users, u)
	return u
}

// authenticate returns the user of a request. If there is none it answers 401 and returns nil.
func (s *Server) authenticate(w http.ResponseWriter, r *http.Request) *user {
	header := r.Header.Get("Authorization")
	if header == "" {
		s.unauthorized(w, "auth: missing Authorization header")
		return nil
	}
	key, ok := strings.CutPrefix(header, "ApiKey-v1 ")
	if ok {
		if u := s.accept(key); u != nil {
			return u
		}
	}
	s.unauthorized(w, "auth: invalid token")
	return nil
}

// accept returns the user of a key, or nil.
func (s *Server) accept(key string) *user {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, ok := s.passport.keys[key]
	if !ok {
		return nil
	}
	identity.setDefaults()
	now := s.opts.Now()
	if s.is(CachedKeys) && now.Before(s.passport.cached[key]) {
		return s.provision(identity)
	}
	if s.passport.down {
		return nil
	}
	s.passport.cached[key] = now.Add(keyCache)
	return s.provision(identity)
}

func (s *Server) unauthorized(w http.ResponseWriter, text string) {
	s.mu.Lock()
	s.stats.Unauthorized++
	s.mu.Unlock()
	writeJSON(w, http.StatusUnauthorized, map[string]string{"error": text})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}
