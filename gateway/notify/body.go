package notify

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/semaphore"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
)

const (
	// smallBody is how many bytes of a body may always be read.
	smallBody = 64 << 10
	// largeBodies is how many larger ones may be read at once, of largeBody bytes at most.
	// One that may have more counts as several, so they never take more than 64 MiB together.
	largeBodies = 32
	largeBody   = 2 << 20
)

// bodyBound returns how many bytes the body of a request with a file may have. As base64 a
// file has 4/3 of its size.
func bodyBound(maxFile int64) int64 { return max(largeBody, maxFile*4/3+256<<10) }

// bodyLimit bounds the bodies that are read at once. Only those of authentic requests are
// read with it, so they are few.
type bodyLimit struct {
	large  *semaphore.Weighted
	bound  int64 // of a body, in bytes
	weight int64 // of a large one
}

func newBodyLimit(bound int64) *bodyLimit {
	return &bodyLimit{semaphore.NewWeighted(largeBodies), bound, min((bound+largeBody-1)/largeBody, largeBodies)}
}

// open returns the body of a request. Its errors are problems. release must be called.
func (b *bodyLimit) open(c *call) (body io.Reader, release func(), p *problem.Problem) {
	if c.r.ContentLength > b.bound {
		return nil, nil, b.tooLarge()
	}
	r := &limitedBody{from: http.MaxBytesReader(c.w, c.r.Body, b.bound), limit: b}
	return r, r.release, nil
}

func (b *bodyLimit) tooLarge() *problem.Problem {
	return problem.New(problem.TooLarge, "the body has more than the %d bytes that the server takes", b.bound)
}

// limitedBody is a body that is being read.
type limitedBody struct {
	from  io.Reader
	limit *bodyLimit
	n     int64
	large bool
}

// Read implements io.Reader.
func (r *limitedBody) Read(into []byte) (int, error) {
	if !r.large && r.n >= smallBody {
		if !r.limit.large.TryAcquire(r.limit.weight) {
			return 0, problem.Later(problem.Overloaded, nil, "the server reads as many large requests as it can; try again")
		}
		r.large = true
	}
	if !r.large {
		into = into[:min(int64(len(into)), smallBody-r.n)]
	}
	n, err := r.from.Read(into)
	r.n += int64(n)
	switch _, tooLarge := errors.AsType[*http.MaxBytesError](err); {
	case tooLarge:
		err = r.limit.tooLarge()
	case err != nil && err != io.EOF:
		err = unread(err)
	}
	return n, err
}

func (r *limitedBody) release() {
	if r.large {
		r.limit.large.Release(r.limit.weight)
		r.large = false
	}
}

// mediaType returns the media type of a body, one of those that are wanted, and its
// parameters.
func (c *call) mediaType(want ...string) (string, map[string]string, *problem.Problem) {
	media, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	charset := params["charset"]
	switch {
	case err != nil || !slices.Contains(want, media):
		return "", nil, problem.New(problem.UnsupportedMediaType, "want Content-Type: %s", strings.Join(want, " or "))
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		return "", nil, problem.New(problem.UnsupportedMediaType, "want UTF-8, not another charset")
	case c.r.Header.Get("Content-Encoding") != "":
		return "", nil, problem.New(problem.UnsupportedMediaType, "want a body without Content-Encoding")
	}
	return media, params, nil
}

// unread is the problem of a body that could not be read.
func unread(err error) *problem.Problem {
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		return p
	}
	return problem.New(problem.IncompleteBody, "the body did not arrive as a whole, or not in time; make the same request again")
}
