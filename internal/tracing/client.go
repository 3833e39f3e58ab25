package tracing

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/gobridge/gopherbot/internal/pause"
)

// client sends spans with OTLP over HTTP, as binary protobuf. It is here because
// OpenTelemetry's own, otlptracehttp, links gRPC and, through that, html/template: 5 of the
// 23 MB of an idle gateway.
// Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
type client struct {
	endpoint string
	headers  map[string]string
	gzip     bool
	http     *http.Client
}

var _ otlptrace.Client = (*client)(nil)

const (
	// maxAttempts and retryWait, which doubles, bound an export: its context ends after 30 s.
	maxAttempts = 4
	retryWait   = time.Second
	// maxAnswer bounds the bytes of a collector's answer that are read.
	maxAnswer = 64 << 10
)

// Start implements otlptrace.Client.
func (*client) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client. Exports in progress end with their context.
func (c *client) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// MarshalLog returns the text that OpenTelemetry logs about the client: no header and no address.
func (*client) MarshalLog() any { return "OTLP over HTTP" }

// UploadTraces implements otlptrace.Client. If the collector is overloaded or unavailable
// it tries up to maxAttempts times, as long as ctx allows.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// On the wire, TracesData is the same as ExportTraceServiceRequest.
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return fmt.Errorf("encode spans: %w", err)
	}
	if c.gzip {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, _ = w.Write(body) // a Buffer has no errors
		_ = w.Close()
		body = packed.Bytes()
	}
	wait := retryWait
	for attempt := 1; ; attempt++ {
		after, retry, err := c.send(ctx, body)
		wait = max(wait, after)
		if deadline, ok := ctx.Deadline(); !retry || attempt == maxAttempts || ok && time.Until(deadline) < wait || !pause.For(ctx, wait) {
			return err
		}
		wait *= 2
	}
}

// send makes one request. It reports whether to retry, and not before which wait.
func (c *client) send(ctx context.Context, body []byte) (wait time.Duration, retry bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint, bytes.NewReader(body))
	if err != nil {
		return 0, false, err
	}
	r.Header.Set("User-Agent", "gopherbot OTel-OTLP-Exporter-Go/"+otlptrace.Version())
	for name, value := range c.headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	if c.gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	response, err := c.http.Do(r)
	if err != nil {
		return 0, false, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch status := response.StatusCode; status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 16) // 0 for a date: retryWait applies
		wait, retry = time.Duration(seconds)*time.Second, true
	default:
		if status/100 == 2 {
			if err == nil && response.Header.Get("Content-Type") == "application/x-protobuf" {
				err = refused(answer)
			}
			return 0, false, err
		}
	}
	return wait, retry, fmt.Errorf("the collector answers %s: %s", response.Status, strings.TrimSpace(string(answer)))
}

// refused returns an error if an ExportTraceServiceResponse says that the collector has
// refused some spans, or has a warning. The package with its type links gRPC.
func refused(answer []byte) error {
	var spans uint64
	var reason []byte
	fields(answer, func(number protowire.Number, _ uint64, partialSuccess []byte) {
		if number != 1 {
			return
		}
		fields(partialSuccess, func(number protowire.Number, rejectedSpans uint64, errorMessage []byte) {
			switch number {
			case 1:
				spans = rejectedSpans
			case 2:
				reason = errorMessage
			}
		})
	})
	if spans == 0 && len(reason) == 0 {
		return nil
	}
	return fmt.Errorf("the collector refused %d spans: %s", spans, reason)
}

// fields calls visit with the fields of a message that are numbers or bytes, up to the
// first one that is malformed.
func fields(message []byte, visit func(number protowire.Number, value uint64, content []byte)) {
	for len(message) > 0 {
		number, kind, tag := protowire.ConsumeTag(message)
		if tag < 0 {
			return
		}
		message = message[tag:]
		length := protowire.ConsumeFieldValue(number, kind, message)
		if length < 0 {
			return
		}
		switch kind {
		case protowire.VarintType:
			value, _ := protowire.ConsumeVarint(message)
			visit(number, value, nil)
		case protowire.BytesType:
			content, _ := protowire.ConsumeBytes(message)
			visit(number, 0, content)
		}
		message = message[length:]
	}
}
