package sim

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
)

// The JSON-RPC errors of /mcp.
const (
	rpcParse    = -32700
	rpcRequest  = -32600
	rpcMethod   = -32601
	rpcParams   = -32602
	rpcInternal = -32603
)

const sessionHeader = "Mcp-Session-Id"

// rpc is a JSON-RPC request.
type rpc struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

// serveMCP serves /mcp.
func (s *Server) serveMCP(w http.ResponseWriter, r *http.Request) {
	u := s.authenticate(w, r)
	if u == nil {
		return
	}
	switch r.Method {
	case http.MethodPost:
	case http.MethodDelete:
		s.endSession(w, r)
		return
	default:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "Invalid content type: must be 'application/json'", http.StatusBadRequest)
		return
	}
	body, err := io.ReadAll(r.Body)
	var request rpc
	if err != nil || json.Unmarshal(body, &request) != nil { // a batch, too
		writeJSON(w, http.StatusBadRequest, rpcError(nil, rpcParse, "request body is not valid json"))
		return
	}
	if request.Method == "initialize" {
		s.initialize(w, request)
		return
	}
	if text := s.session(r.Header.Get(sessionHeader)); text != "" {
		http.Error(w, text, http.StatusNotFound)
		return
	}
	if len(request.ID) == 0 { // a notification
		w.WriteHeader(http.StatusAccepted)
		return
	}
	s.callMethod(w, u, request)
}

// initialize starts a session. It stays until the server ends.
func (s *Server) initialize(w http.ResponseWriter, request rpc) {
	id := "mcp-session-" + rand.Text()
	s.mu.Lock()
	s.sessions[id] = true
	s.stats.Sessions++
	s.mu.Unlock()
	w.Header().Set(sessionHeader, id)
	writeJSON(w, http.StatusOK, rpcResult(request.ID, map[string]any{
		"protocolVersion": "2025-03-26", "capabilities": map[string]any{"tools": map[string]any{"listChanged": true}},
		"serverInfo": map[string]any{"name": "sharkfin", "version": s.opts.Version},
	}))
}

// session returns the text of the error of a session's id, "" for a valid one.
func (s *Server) session(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	live, known := s.sessions[id]
	switch {
	case live:
		return ""
	case known:
		return "Session terminated"
	}
	return "Invalid session ID"
}

func (s *Server) endSession(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get(sessionHeader)
	s.mu.Lock()
	if s.sessions[id] {
		s.sessions[id] = false
	}
	s.mu.Unlock()
	w.WriteHeader(http.StatusOK)
}

// callMethod answers a request in a session.
func (s *Server) callMethod(w http.ResponseWriter, u *user, request rpc) {
	switch request.Method {
	case "ping":
		writeJSON(w, http.StatusOK, rpcResult(request.ID, map[string]any{}))
		return
	case "tools/call":
	default:
		writeJSON(w, http.StatusOK, rpcError(request.ID, rpcMethod, "method not found: "+request.Method))
		return
	}
	var call struct {
		Name      string         `json:"name"`
		Arguments map[string]any `json:"arguments"`
	}
	if json.Unmarshal(request.Params, &call) != nil {
		writeJSON(w, http.StatusOK, rpcError(request.ID, rpcRequest, "invalid params"))
		return
	}
	answer := func(text string, err error) {
		refused, isRefusal := errors.AsType[refusal](err)
		switch {
		case isRefusal:
			writeJSON(w, http.StatusOK, rpcResult(request.ID, toolResult(string(refused), true)))
		case errors.Is(err, errNoTool):
			writeJSON(w, http.StatusOK, rpcError(request.ID, rpcParams, "tool '"+call.Name+"' not found: tool not found"))
		case err != nil:
			writeJSON(w, http.StatusOK, rpcError(request.ID, rpcInternal, err.Error()))
		default:
			writeJSON(w, http.StatusOK, rpcResult(request.ID, toolResult(text, false)))
		}
	}
	s.callTool(u, call.Name, call.Arguments, answer)
}

func toolResult(text string, isError bool) map[string]any {
	result := map[string]any{"content": []any{map[string]any{"type": "text", "text": text}}}
	if isError {
		result["isError"] = true
	}
	return result
}

func rpcResult(id json.RawMessage, result any) map[string]any {
	return map[string]any{"jsonrpc": "2.0", "id": id, "result": result}
}

func rpcError(id json.RawMessage, code int, text string) map[string]any {
	return map[string]any{"jsonrpc": "2.0", "id": id, "error": map[string]any{"code": code, "message": text}}
}
