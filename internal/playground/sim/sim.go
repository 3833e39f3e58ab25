// Package sim is a simulated Go Playground: it takes programs and
// shows them again, and runs none. It is the counterpart of the bot on a laptop
// and in end-to-end tests.
package sim

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"sync"
)

// maxSource is how many bytes a program may have, as on the real one.
const maxSource = 64 << 10

// maxPrograms is how many programs are remembered.
const maxPrograms = 1000

// Playground is a simulated playground. It is safe for concurrent use.
type Playground struct {
	mux *http.ServeMux

	mu       sync.Mutex
	programs map[string]string // by id
	order    []string          // ids, oldest first
	faults   []int
}

// New returns a playground without programs.
func New() *Playground {
	p := &Playground{mux: http.NewServeMux(), programs: map[string]string{}}
	p.mux.HandleFunc("POST /share", p.share)
	p.mux.HandleFunc("GET /p/{id}", p.show)
	return p
}

// Fail answers the next uploads with these statuses, such as 503.
func (p *Playground) Fail(statuses ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, statuses...)
}

// Programs returns the shared programs, oldest first, each once.
func (p *Playground) Programs() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []string
	for _, id := range p.order {
		list = append(list, p.programs[id])
	}
	return list
}

// ServeHTTP serves POST /share and GET /p/<id>.
func (p *Playground) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

func (p *Playground) share(w http.ResponseWriter, r *http.Request) {
	source, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSource))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		http.Error(w, "the program is too large", http.StatusRequestEntityTooLarge)
		return
	} else if err != nil {
		http.Error(w, "the program cannot be read", http.StatusBadRequest)
		return
	}
	id, fault := p.keep(string(source))
	if fault != 0 {
		http.Error(w, http.StatusText(fault), fault)
		return
	}
	_, _ = io.WriteString(w, id) // whoever shares may have gone
}

// keep remembers a program, or returns the status that the upload is to meet.
func (p *Playground) keep(source string) (id string, fault int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults) > 0 {
		fault, p.faults = p.faults[0], p.faults[1:]
		return "", fault
	}
	sum := sha256.Sum256([]byte(source))
	id = base64.RawURLEncoding.EncodeToString(sum[:])[:11]
	if _, known := p.programs[id]; !known {
		p.programs[id] = source
		p.order = append(p.order, id)
	}
	if len(p.order) > maxPrograms {
		delete(p.programs, p.order[0])
		p.order = p.order[1:]
	}
	return id, 0
}

func (p *Playground) show(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	source, known := p.programs[r.PathValue("id")]
	p.mu.Unlock()
	if !known {
		http.NotFound(w, r)
		return
	}
	// Somebody else's text, on the address of the page that shows the chat.
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, _ = io.WriteString(w, source)
}
