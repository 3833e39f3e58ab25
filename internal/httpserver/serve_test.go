package httpserver_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/httpserver"
)

// show answers with all that a handler sees of a request.
func show(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/unread":
	case "/abort":
		panic(http.ErrAbortHandler)
	case "/panic":
		panic("a text of somebody")
	case "/status":
		w.WriteHeader(http.StatusNoContent)
		w.WriteHeader(http.StatusTeapot) // too late
		return
	case "/header":
		w.Header().Add("X-Many", "one")
		w.Header().Add("X-Many", "two")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Connection", "close")
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.WriteHeader(http.StatusCreated)
		w.Header().Set("X-Late", "yes")
	case "/injected":
		w.Header().Set("X-A", "a\r\nX-Injected: 1\r\n\r\nb")
		w.Header()["X-Empty"] = []string{""}
	case "/typeless":
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte("<!DOCTYPE html>"))
		_, _ = w.Write([]byte("more"))
		return
	case "/nobody":
		w.WriteHeader(http.StatusNotModified)
		_, _ = io.WriteString(w, "not sent")
		return
	case "/html":
		_, _ = io.WriteString(w, "<!DOCTYPE html><p>guess")
		return
	case "/large":
		for range 100 {
			_, _ = io.WriteString(w, strings.Repeat("0123456789abcdef", 1024))
		}
		return
	case "/nothing":
		return
	case "/file":
		http.ServeContent(w, r, "file.txt", time.Unix(1_000_000_000, 0), strings.NewReader("0123456789"))
		return
	case "/long":
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "0123456789")
		return
	case "/short", "/toomuch":
		w.Header().Set("Content-Length", "5")
		_, _ = io.WriteString(w, "012")
		if r.URL.Path == "/toomuch" {
			n, err := io.WriteString(w, "3456789")
			w.Header().Set("X-Late", fmt.Sprint(n, err))
			_, _ = io.WriteString(w, "34")
		}
		return
	case "/early":
		w.Header().Set("Content-Length", "40000")
		_, _ = w.Write([]byte(strings.Repeat("x", 20_000)))
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write([]byte(strings.Repeat("y", 20_000)))
		return
	case "/untyped":
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusNoContent)
		return
	case "/dated":
		w.Header().Set("Date", "Sun, 09 Sep 2001 01:46:40 GMT")
		return
	case "/encoded":
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, "<!DOCTYPE html>")
		return
	case "/odd":
		w.WriteHeader(299)
		return
	case "/declared":
		w.Header().Set("Content-Length", "100000")
		for range 100 {
			_, _ = io.WriteString(w, strings.Repeat("0123456789", 50))
			_, _ = w.Write([]byte(strings.Repeat("0123456789", 50)))
		}
		return
	case "/once":
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write([]byte(strings.Repeat("<html>6789", 10_000)))
		return
	case "/moved":
		http.Redirect(w, r, "/nothing", http.StatusSeeOther)
		return
	}
	var text strings.Builder
	if r.URL.Path != "/unread" {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(&text, "body %q, cut %v\n", body, err != nil)
	}
	fmt.Fprintf(&text, "%s %s %s %d.%d\nURL %s\nhost %s\nlength %d %q close %v\n", r.Method, r.RequestURI, r.Proto, r.ProtoMajor, r.ProtoMinor,
		r.URL, r.Host, r.ContentLength, r.TransferEncoding, r.Close)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(&text, "%s: %q\n", name, r.Header[name])
	}
	_, _ = io.WriteString(w, text.String())
}

// TestRun_AsNetHTTP sends the same bytes to this server and to net/http's: handlers see the
// same requests, and clients the same answers.
func TestRun_AsNetHTTP(t *testing.T) {
	t.Parallel()
	ours, _ := serve(t, show, httpserver.Options{})
	reference := httptest.NewServer(http.HandlerFunc(show))
	t.Cleanup(reference.Close)
	const host = "Host: gopherbot.example\r\n"
	for name, request := range map[string]string{
		"query":                           "GET /a%20b/c?x=1&y=%2F HTTP/1.1\r\n" + host + "\r\n",
		"head":                            "HEAD /large HTTP/1.1\r\n" + host + "\r\n",
		"head of little":                  "HEAD /a HTTP/1.1\r\n" + host + "\r\n",
		"options":                         "OPTIONS /a HTTP/1.1\r\n" + host + "\r\n",
		"own method":                      "PURGE /a HTTP/1.1\r\n" + host + "\r\n",
		"absolute":                        "GET http://other.example/a HTTP/1.1\r\n" + host + "\r\n",
		"body":                            "POST /a HTTP/1.1\r\n" + host + "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
		"no body":                         "POST /a HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n",
		"no length":                       "POST /a HTTP/1.1\r\n" + host + "\r\n",
		"body of a GET":                   "GET /a HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello",
		"chunks":                          "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
		"length and chunks":               "POST /a HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
		"large body":                      "POST /a HTTP/1.1\r\n" + host + "Content-Length: 100000\r\n\r\n" + strings.Repeat("0123456789", 10_000),
		"form":                            "POST /a HTTP/1.1\r\n" + host + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 67\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nnot parsed!\r\n--x--",
		"unread":                          "POST /unread HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhelloGET /nothing HTTP/1.1\r\n" + host + "\r\n",
		"cut":                             "POST /a HTTP/1.1\r\n" + host + "Content-Length: 50\r\n\r\nhello",
		"cut chunk":                       "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n50\r\nabc",
		"broken chunk":                    "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n",
		"names":                           "GET /a HTTP/1.1\r\nhOST: x.example\r\nx-slack-signature: v0=1\r\nuser-AGENT: me\r\nCONTENT-type: a/b\r\n\r\n",
		"repeated":                        "GET /a HTTP/1.1\r\n" + host + "X-A: 1\r\nX-B: 2\r\nX-A: 3\r\nX-A:\r\n\r\n",
		"spaces":                          "GET /a HTTP/1.1\r\n" + host + "X-A: \t 1 2 \t\r\nX-B:3\r\n\r\n",
		"folded":                          "GET /a HTTP/1.1\r\n" + host + "X-A: 1\r\n 2\r\n\t3\r\nX-B: 4\r\n\r\n",
		"forwarded twice":                 "GET /a HTTP/1.1\r\n" + host + "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2, 3.3.3.3\r\n\r\n",
		"odd names":                       "GET /a HTTP/1.1\r\n" + host + "x_under: 1\r\nx.dot: 2\r\nETAG: 3\r\nwww-authenticate: 4\r\n\r\n",
		"two cookies":                     "GET /a HTTP/1.1\r\n" + host + "Cookie: a=1\r\nCookie: b=2\r\n\r\n",
		"two media types":                 "POST /a HTTP/1.1\r\n" + host + "Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n\r\n",
		"trailers":                        "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nab\r\n0\r\nX-T: 1\r\n\r\nGET /b HTTP/1.1\r\n" + host + "\r\n",
		"fragment":                        "GET /a?x#y HTTP/1.1\r\n" + host + "\r\n",
		"two slashes":                     "GET //evil.example/a HTTP/1.1\r\n" + host + "\r\n",
		"dots":                            "GET /b/../a/./c HTTP/1.1\r\n" + host + "\r\n",
		"cookie":                          "GET /a HTTP/1.1\r\n" + host + "Cookie: a=1; b=\"2\"; c; =d\r\n\r\n",
		"latin-1":                         "GET /a HTTP/1.1\r\n" + host + "X-A: \xe9\r\n\r\n",
		"pipelined":                       "GET /nothing HTTP/1.1\r\n" + host + "\r\nPOST /a HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\nhiGET /html HTTP/1.1\r\n" + host + "\r\n",
		"close":                           "GET /a HTTP/1.1\r\n" + host + "Connection: close\r\n\r\nGET /b HTTP/1.1\r\n" + host + "\r\n",
		"upgrade":                         "GET /a HTTP/1.1\r\n" + host + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		"HTTP/1.0":                        "GET /a HTTP/1.0\r\n" + host + "\r\nGET /b HTTP/1.0\r\n\r\n",
		"HTTP/1.0 without host":           "GET /a HTTP/1.0\r\n\r\n",
		"HTTP/1.0 keep alive":             "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		"expect":                          "POST /a HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
		"answers: header":                 "GET /header HTTP/1.1\r\n" + host + "\r\n",
		"answers: no content":             "GET /status HTTP/1.1\r\n" + host + "\r\n",
		"answers: guessed type":           "GET /html HTTP/1.1\r\n" + host + "\r\n",
		"answers: large":                  "GET /large HTTP/1.1\r\n" + host + "\r\n",
		"answers: redirect":               "GET /moved HTTP/1.1\r\n" + host + "\r\n",
		"answers: nothing":                "GET /nothing HTTP/1.1\r\n" + host + "\r\n",
		"answers: injected":               "GET /injected HTTP/1.1\r\n" + host + "\r\n",
		"answers: without a body":         "GET /nobody HTTP/1.1\r\n" + host + "\r\nGET /a HTTP/1.1\r\n" + host + "\r\n",
		"answers: type of a body":         "GET /typeless HTTP/1.1\r\n" + host + "\r\n",
		"answers: file":                   "GET /file HTTP/1.1\r\n" + host + "\r\n",
		"answers: head of a file":         "HEAD /file HTTP/1.1\r\n" + host + "\r\n",
		"answers: part of a file":         "GET /file HTTP/1.1\r\n" + host + "Range: bytes=2-4\r\n\r\n",
		"answers: unchanged file":         "GET /file HTTP/1.1\r\n" + host + "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT\r\n\r\n",
		"answers: with length":            "GET /long HTTP/1.1\r\n" + host + "\r\n",
		"answers: cut off":                "GET /abort HTTP/1.1\r\n" + host + "\r\n",
		"answers: panic":                  "GET /panic HTTP/1.1\r\n" + host + "\r\n",
		"refused: no host":                "GET /a HTTP/1.1\r\n\r\n",
		"refused: two hosts":              "GET /a HTTP/1.1\r\n" + host + host + "\r\n",
		"refused: two lengths":            "POST /a HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
		"refused: negative length":        "POST /a HTTP/1.1\r\n" + host + "Content-Length: -5\r\n\r\nhello",
		"refused: signed length":          "POST /a HTTP/1.1\r\n" + host + "Content-Length: +5\r\n\r\nhello",
		"refused: encoding":               "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"refused: two encodings":          "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"refused: name with space":        "GET /a HTTP/1.1\r\n" + host + "X-A : 1\r\n\r\n",
		"refused: no name":                "GET /a HTTP/1.1\r\n" + host + ": 1\r\n\r\n",
		"refused: no colon":               "GET /a HTTP/1.1\r\n" + host + "X-A\r\n\r\n",
		"refused: control":                "GET /a HTTP/1.1\r\n" + host + "X-A: a\x00b\r\n\r\n",
		"refused: version":                "GET /a HTTP/3.7\r\n" + host + "\r\n",
		"refused: no version":             "GET /a\r\n" + host + "\r\n",
		"refused: method":                 "G(T /a HTTP/1.1\r\n" + host + "\r\n",
		"refused: target":                 "GET a HTTP/1.1\r\n" + host + "\r\n",
		"refused: escape":                 "GET /%zz HTTP/1.1\r\n" + host + "\r\n",
		"refused: name with space inside": "GET /a HTTP/1.1\r\n" + host + "X A: 1\r\n\r\n",
		"refused: host":                   "GET /a HTTP/1.1\r\nHost: a b\r\n\r\n",
		"refused: host in brackets":       "GET /a HTTP/1.1\r\nHost: <a>\r\n\r\n",
		"refused: identity":               "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi",
		"refused: expectation":            "POST /a HTTP/1.1\r\n" + host + "Expect: the-unexpected\r\nContent-Length: 2\r\n\r\nhi",
		"refused: bare newlines":          "\n\n\nGET /a HTTP/1.1\n" + host + "\n",
		"refused: empty lines":            "\r\n\r\nGET /a HTTP/1.1\r\n" + host + "\r\n",
		"bare newlines in a request":      "GET /a HTTP/1.1\nHost: x\nX-A: 1\n\n",
		"empty line behind a body":        "POST /a HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\nhi\r\nGET /b HTTP/1.1\r\n" + host + "\r\n",
		"expect more":                     "POST /a HTTP/1.1\r\n" + host + "Expect: 100-continue, x\r\nContent-Length: 5\r\n\r\nhello",
		"expect in an answer":             "POST /early HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
		"empty lines behind a body":       "POST /a HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\nhi\n\r\n\nGET /b HTTP/1.1\r\n" + host + "\r\n",
		"empty line behind a GET":         "GET /a HTTP/1.1\r\n" + host + "\r\n\r\nGET /b HTTP/1.1\r\n" + host + "\r\n",
		"answers: type of nothing":        "GET /untyped HTTP/1.1\r\n" + host + "\r\n",
		"expect unread":                   "POST /unread HTTP/1.1\r\n" + host + "Expect: 100-Continue\r\nContent-Length: 5\r\n\r\nhello",
		"expect without a body":           "POST /a HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n",
		"expect of HTTP/1.0":              "POST /a HTTP/1.0\r\n" + host + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
		"connect":                         "CONNECT example.org:80 HTTP/1.1\r\n" + host + "\r\n",
		"pragma":                          "GET /a HTTP/1.1\r\n" + host + "Pragma: no-cache\r\n\r\n",
		"answers: of declared length":     "GET /declared HTTP/1.1\r\n" + host + "\r\nGET /once HTTP/1.1\r\n" + host + "\r\nHEAD /once HTTP/1.1\r\n" + host + "\r\n",
		"answers: short":                  "GET /short HTTP/1.1\r\n" + host + "\r\nGET /a HTTP/1.1\r\n" + host + "\r\n",
		"answers: too much":               "GET /toomuch HTTP/1.1\r\n" + host + "\r\nGET /a HTTP/1.1\r\n" + host + "\r\n",
		"answers: own date":               "GET /dated HTTP/1.1\r\n" + host + "\r\n",
		"answers: encoded":                "GET /encoded HTTP/1.1\r\n" + host + "\r\n",
		"answers: odd status":             "GET /odd HTTP/1.1\r\n" + host + "\r\n",
		"refused: not HTTP":               "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, got := answers(t, reference.URL, request), answers(t, ours, request)
			if !slices.Equal(got, want) {
				t.Errorf("sent %q\ngot  %s\nwant %s", request[:min(len(request), 300)], strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			}
		})
	}
}

// answers sends bytes and the end, and returns all answers until the connection is closed.
func answers(t *testing.T, url, request string) (all []string) {
	t.Helper()
	conn := dial(t, url)
	_, _ = io.WriteString(conn, request) // it may be closed meanwhile
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	from := bufio.NewReader(conn)
	sent := &http.Request{Method: strings.Fields(request)[0]}
	for {
		response, err := http.ReadResponse(from, sent)
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				all = append(all, err.Error())
			}
			return all
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode >= 400 {
			all = append(all, fmt.Sprintf("refused, close %v", response.Close)) // for which reason differs
			continue
		}
		header := response.Header
		if header.Get("Date") == "" && response.StatusCode >= 200 {
			all = append(all, "no date")
		}
		header.Del("Date")
		if response.ContentLength > 2000 {
			header.Del("Content-Length") // net/http sends chunks of a large answer, this server all at once
		}
		lines := []string{fmt.Sprintf("%d length %d close %v cut %v", response.StatusCode, len(body), response.Close, err != nil)}
		for _, name := range slices.Sorted(maps.Keys(header)) {
			lines = append(lines, fmt.Sprintf("%s: %q", name, header[name]))
		}
		if len(body) < 2000 {
			lines = append(lines, string(body))
		}
		all = append(all, strings.Join(lines, "\n     "))
	}
}

// BenchmarkRun compares this server with net/http's: small requests over one connection, one
// after another, of which the handler reads the body.
func BenchmarkRun(b *testing.B) {
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	request := []byte("POST /slack/event HTTP/1.1\r\nHost: gopherbot.example\r\nUser-Agent: Slackbot\r\nAccept: */*\r\nContent-Type: application/json\r\n" +
		"X-Slack-Request-Timestamp: 1\r\nX-Slack-Signature: v0=1\r\nContent-Length: 1000\r\n\r\n" + strings.Repeat("x", 1000))
	url, _ := serve(b, h, httpserver.Options{})
	reference := httptest.NewServer(h)
	defer reference.Close()
	took := map[string]time.Duration{}
	for b.Loop() {
		for name, address := range map[string]string{"ours": strings.TrimPrefix(url, "http://"), "net/http": reference.Listener.Addr().String()} {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				b.Fatal(err)
			}
			answers := bufio.NewReader(conn)
			start := time.Now()
			for range 1000 {
				_, _ = conn.Write(request)
				response, err := http.ReadResponse(answers, nil)
				if err != nil {
					b.Fatal(err)
				}
				response.Body.Close()
			}
			took[name] += time.Since(start)
			_ = conn.Close()
		}
	}
	b.ReportMetric(0, "ns/op")
	for name, all := range took {
		b.ReportMetric(float64(all.Microseconds())/1000/float64(b.N), name+"-µs/request")
	}
	b.ReportMetric(took["ours"].Seconds()/took["net/http"].Seconds(), "of-net/http")
}
